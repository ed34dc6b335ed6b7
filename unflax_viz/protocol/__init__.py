"""What crosses between the kernel and the browser, and what is in it.

This package is the source and imports nothing from the others; `js/src/protocol.ts` is
generated from it by `js/generate_protocol.py`. The exchanges in `tests/golden/` are
read by pytest and by vitest.

The order is always the same. `Opening` arrives once with the widget's state. From then
on the browser sends requests as custom messages. Each message is an `Envelope`. Python
answers a request with exactly one envelope of the same `id`: of the same `kind`, or of
the kind "failure". Before a slow answer there may be any number of the kind "progress".
Answers may overtake one another.

The body of a request of the kind "call" is a `CallRequest`, that of its answer is a
`CallAnswer`, and so it is for every kind: where there are two classes of such names, a
question can be asked. Requests carry no buffers; of the answers `ArrayAnswer` does,
little-endian and without padding, and `ColumnsAnswer`.
"""

from unflax_viz.protocol.draws import *
from unflax_viz.protocol.messages import *
from unflax_viz.protocol.overview import *
from unflax_viz.protocol.page import *
from unflax_viz.protocol.panels import *
from unflax_viz.protocol.traits import *
from unflax_viz.protocol.tree import *
from unflax_viz.protocol.values import *
from unflax_viz.protocol.words import *

"""Turns arrays into a few numbers: statistics, histograms, thumbnails, short texts.

Arrays are read where they lie and only the answer travels. What has no numbers to
read (an abstract shape, a deleted array, a PRNG key) is answered with `NoValues`,
never with an exception.
"""

from unflax_viz.measure.differences import (
    ChangedRegion,
    changed_region,
    difference_of,
)
from unflax_viz.measure.histogram import Histogram, histogram_of
from unflax_viz.measure.numbers import (
    dtype_abbreviation,
    format_bytes,
    format_count,
    format_counted,
    format_exact,
    format_number,
    format_shape,
)
from unflax_viz.measure.pictures import Pictures, pictures_of
from unflax_viz.measure.slices import slice_of
from unflax_viz.measure.statistics import ArrayStatistics, statistics_of
from unflax_viz.measure.subtraction import Difference, computed
from unflax_viz.measure.thumbnail import Thumbnail, thumbnail_of
from unflax_viz.measure.values import NoValues

__all__ = [
    "ArrayStatistics",
    "ChangedRegion",
    "Difference",
    "Histogram",
    "NoValues",
    "Pictures",
    "Thumbnail",
    "changed_region",
    "computed",
    "difference_of",
    "dtype_abbreviation",
    "format_bytes",
    "format_count",
    "format_counted",
    "format_exact",
    "format_number",
    "format_shape",
    "histogram_of",
    "pictures_of",
    "slice_of",
    "statistics_of",
    "thumbnail_of",
]

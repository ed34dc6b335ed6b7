"""A notebook that is open in JupyterLab or Notebook 7, driven through the app itself.

The app's commands are used instead of its menus, which move under the pointer.
"""

from __future__ import annotations

import ast
import json
import re
import time
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page

_OPEN_LIMIT_MS = 90_000
_ACT_LIMIT_MS = 15_000
_RUN_LIMIT_MS = 240_000
_TRUE_LIMIT_S = 10

# Notebook 7 has one notebook in its page; JupyterLab opens the one that is asked for.
_FIND_PANEL = """
window.notebookPanel = async path => {
  const app = window.jupyterapp;
  await app.restored;
  for (let i = 0; i < 600; i++) {
    for (const widget of app.shell.widgets('main')) {
      if (widget.context?.path === path && widget.sessionContext) return widget;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error(`No notebook ${path} is open.`);
};
"""

_OPEN = """async ([path, startsKernel]) => {
  const app = window.jupyterapp;
  await app.restored;
  const kernelPreference = startsKernel
    ? undefined
    : {shouldStart: false, autoStartDefault: false, canStart: false};
  const options = {path, factory: 'Notebook', kernelPreference};
  const panel = await app.commands.execute('docmanager:open', options);
  await panel.context.ready;
  await panel.revealed;
  if (startsKernel) await panel.sessionContext.ready;
}"""

_EXECUTE = """async ([path, code, expression]) => {
  const panel = await window.notebookPanel(path);
  const kernel = panel.sessionContext.session.kernel;
  const future = kernel.requestExecute({
    code, silent: true, store_history: false, user_expressions: {answer: expression},
  });
  const {content} = await future.done;
  return content.status === 'ok' ? content.user_expressions.answer : content;
}"""

_RUN = """async ([path, command, cell]) => {
  const panel = await window.notebookPanel(path);
  window.jupyterapp.shell.activateById(panel.id);
  if (cell !== null) {
    panel.content.deselectAll();
    panel.content.activeCellIndex = cell;
  }
  await window.jupyterapp.commands.execute(command);
}"""

# A command is done when its cell is.
_START = _RUN.replace(
    "await window.jupyterapp.commands.execute(command)",
    "void window.jupyterapp.commands.execute('notebook:run-cell')",
).replace("[path, command, cell]", "[path, cell]")

_IS_BUSY = """async path => {
  const panel = await window.notebookPanel(path);
  return panel.sessionContext.session.kernel.status === 'busy';
}"""

_PROMPTS = """async path => {
  const panel = await window.notebookPanel(path);
  return panel.content.widgets
    .filter(cell => cell.model.type === 'code' && cell.model.sharedModel.source.trim())
    .map(cell => cell.node.querySelector('.jp-InputPrompt').textContent);
}"""

_ALL_RAN = f"""async path => {{
  const prompts = await ({_PROMPTS})(path);
  return prompts.every(prompt => /\\[\\d+\\]/.test(prompt));
}}"""

_ERRORS = """async path => {
  const panel = await window.notebookPanel(path);
  return panel.content.widgets.flatMap(cell => (cell.model.toJSON().outputs ?? [])
    .filter(output => output.output_type === 'error')
    .map(output => `${output.ename}: ${output.evalue}`));
}"""


_OF_THE_APP = "/static/(lab|notebook)/|/extensions/@jupyter-widgets/"


class PythonError(RuntimeError):
    """What was asked of the kernel raised; the message is the kernel's."""


class NotebookPage:
    """One notebook in one page of the browser.

    Attributes:
      page: The Playwright page.
      path: The notebook, relative to the folder that the server shows.
      errors: What was thrown and not caught, or written to the console as an error,
        by others than the app itself and the widgets' manager.
    """

    def __init__(self, context: BrowserContext, path: str) -> None:
        """Opens an empty page; `open_in_lab` and `open_in_notebook_7` fill it."""
        self.page: Page = context.new_page()
        self.path = path
        self.errors: list[str] = []
        self.page.add_init_script(_FIND_PANEL)
        self.page.set_default_timeout(_OPEN_LIMIT_MS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._hear_error(error.stack or ""))

    def open_in_lab(self, server_url: str, *, starts_kernel: bool = True) -> None:
        """Opens the notebook in JupyterLab and waits until a kernel can take code.

        Args:
          server_url: Of a server that exposes the app in the page.
          starts_kernel: Whether there shall be a kernel at all.
        """
        # A workspace of its own, so that no page restores the tabs of another.
        self.page.goto(f"{server_url}/lab/workspaces/{id(self)}?reset")
        self._wait_for_app()
        self.page.evaluate(_OPEN, [self.path, starts_kernel])
        self.page.set_default_timeout(_ACT_LIMIT_MS)

    def open_in_notebook_7(self, server_url: str) -> None:
        """Opens the notebook in Notebook 7 and waits until its kernel can take code."""
        self.page.goto(f"{server_url}/notebooks/{self.path}")
        self._wait_for_app()
        self._evaluate("panel.sessionContext.ready.then(() => null)")
        self.page.set_default_timeout(_ACT_LIMIT_MS)

    def run_all(self) -> None:
        """Runs all cells, and waits until each has its number."""
        self._run("notebook:run-all-cells", None)

    def run_cell(self, index: int) -> None:
        """Runs one cell again, and waits until it has its new number."""
        self._run("notebook:run-cell", index)

    def run_source(self, index: int, source: str) -> None:
        """Writes a cell and runs it; an empty source empties its output."""
        self._set_source(index, source)
        self.run_cell(index)

    def start_source(self, index: int, source: str) -> None:
        """Writes a cell and runs it, and waits until the kernel is busy with it."""
        self._set_source(index, source)
        self.page.evaluate(_START, [self.path, index])
        self.page.wait_for_function(_IS_BUSY, arg=self.path)

    def is_running(self) -> bool:
        """Says whether a cell runs, or waits for its turn."""
        return not self.page.evaluate(_ALL_RAN, self.path)

    def wait_until_run(self) -> None:
        """Waits until every cell has its number."""
        self.page.wait_for_function(_ALL_RAN, arg=self.path, timeout=_RUN_LIMIT_MS)

    def cell(self, index: int) -> Locator:
        """Finds the cell itself, input and output."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def cell_errors(self) -> list[str]:
        """Returns the errors among the outputs: `ValueError: ...`."""
        return self.page.evaluate(_ERRORS, self.path)

    def execute(self, code: str) -> None:
        """Runs statements in the kernel, beside the cells.

        Raises:
          PythonError: If they raise.
        """
        self._ask(code, "None")

    def ask(self, expression: str) -> Any:
        """Evaluates an expression in the kernel; its value travels as JSON.

        Raises:
          PythonError: If it raises.
        """
        answer = self._ask("", f"__import__('json').dumps({expression})")
        # The kernel answers with the repr of a text.
        return json.loads(_text_of_repr(answer["data"]["text/plain"]))

    def wait_until(self, expression: str) -> None:
        """Waits until an expression is true in the kernel.

        Raises:
          TimeoutError: If it is not within ten seconds; the message holds its value.
        """
        deadline_s = time.monotonic() + _TRUE_LIMIT_S
        while not (value := self.ask(expression)):
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{expression} is still {value!r}.")
            self.page.wait_for_timeout(30)

    def command(self, name: str) -> None:
        """Executes a command of the app that takes no arguments."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute(name).then(() => null)", name
        )

    def activate_cell(self, index: int) -> None:
        """Makes a cell the active one and takes the focus from whatever has it."""
        self._evaluate(
            f"(panel.content.activeCellIndex = {index}, document.activeElement.blur())"
        )

    def change_theme(self, name: str) -> None:
        """Changes to `JupyterLab Light` or `JupyterLab Dark`."""
        self.page.evaluate(
            """async theme => {
              await window.jupyterapp.commands.execute(
                'apputils:change-theme', {theme});
              const isLight = String(theme.endsWith('Light'));
              const isDone = () => document.body.dataset.jpThemeLight === isLight
                && document.getElementById('jupyterlab-splash') === null;
              while (!isDone()) {
                await new Promise(resolve => setTimeout(resolve, 50));
              }
            }""",
            name,
        )

    def shut_down_kernel(self) -> None:
        """Ends the kernel as the menu does; harmless where there is none."""
        self._evaluate("panel.sessionContext.shutdown().then(() => null)")

    def restart_kernel(self) -> None:
        """Restarts the kernel as the menu does, without its question."""
        self._evaluate("panel.sessionContext.restartKernel().then(() => null)")

    def save(self) -> None:
        """Writes the notebook, its outputs and widgets to the server."""
        self._evaluate("panel.context.save().then(() => null)")

    def close(self) -> None:
        """Ends the kernel and closes the page, unsaved."""
        if not self.page.is_closed():
            self.shut_down_kernel()
            self.page.close()

    def _run(self, command: str, cell: int | None) -> None:
        self.page.evaluate(_RUN, [self.path, command, cell])
        self.wait_until_run()

    def _set_source(self, index: int, source: str) -> None:
        self._evaluate(
            f"panel.content.widgets[{index}].model.sharedModel"
            f".setSource({json.dumps(source)})"
        )

    def _ask(self, code: str, expression: str) -> dict[str, Any]:
        answer = self.page.evaluate(_EXECUTE, [self.path, code, expression])
        if answer["status"] != "ok":
            raise PythonError(f"{answer['ename']}: {answer['evalue']}")
        return answer

    def _evaluate(self, expression: str) -> Any:
        """Evaluates JavaScript with the notebook's panel as `panel`."""
        body = "window.notebookPanel(path)"
        return self.page.evaluate(
            f"async path => {{ const panel = await {body}; return {expression}; }}",
            self.path,
        )

    def _wait_for_app(self) -> None:
        self.page.wait_for_function("window.jupyterapp !== undefined")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._hear_error(f"{message.text} ({message.location['url']})")

    def _hear_error(self, text: str) -> None:
        # The first place in a stack is where it was thrown; the app's own is static.
        first_place = re.search(r"(https?|blob|data):\S+", text)
        if first_place is None or not re.search(_OF_THE_APP, first_place[0]):
            self.errors.append(text)


def _text_of_repr(written: str) -> str:
    return ast.literal_eval(written)

"""One Jupyter server for tests and pictures, which shares nothing with its user's.

It serves JupyterLab and, where it is installed, Notebook 7; both run the Python that
started it. Settings, kernels, signatures and notebooks live in one folder.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import types
import urllib.request
from typing import Any

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

_START_LIMIT_S = 90
_STOP_LIMIT_S = 20

_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # Cells that are out of sight stay in the page.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # A widget is redrawn from what is saved only if it is saved.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}


class ServerNotStartedError(RuntimeError):
    """The server ended, or did not answer in time; the message holds its log."""


class JupyterServer:
    """A server on a free port of 127.0.0.1, from `__enter__` to `__exit__`.

    Attributes:
      url: Where it answers, without a slash at the end.
      notebooks: The folder that it shows; copies of notebooks go there.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        """Takes an empty folder for all that the server reads and writes."""
        self._folder = folder
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.url = ""

    def __enter__(self) -> JupyterServer:
        port = _find_free_port()
        self.url = f"http://127.0.0.1:{port}"
        _write_json(self._folder / "data/kernels/python3/kernel.json", _kernel_spec())
        _write_json(
            self._folder / "config/labconfig/default_setting_overrides.json", _SETTINGS
        )
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                _command(port, self.notebooks),
                cwd=self.notebooks,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the server, which ends its kernels; harmless where it has ended."""
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def add(self, notebook: pathlib.Path) -> str:
        """Copies a notebook to where the server finds it; returns its name there."""
        shutil.copy(notebook, self.notebooks / notebook.name)
        return notebook.name

    def add_copy(self, name: str, new_name: str) -> str:
        """Copies a notebook that is there already; returns the new name."""
        shutil.copy(self.notebooks / name, self.notebooks / new_name)
        return new_name

    def _environment(self) -> dict[str, str]:
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        own = {name: str(self._folder / place) for name, place in places.items()}
        # Our kernel goes before the one of the environment, of the same name.
        return {**os.environ, **own, "JUPYTER_PREFER_ENV_PATH": "0"}

    def _wait_until_it_answers(self) -> None:
        assert self._process is not None
        deadline_s = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline_s and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise ServerNotStartedError(
            f"JupyterLab did not answer at {self.url} within {_START_LIMIT_S} s "
            f"(exit code {self._process.poll()}). Its log ends:\n"
            + self._log.read_text(errors="replace")[-4000:]
        )


def _find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _command(port: int, notebooks: pathlib.Path) -> list[str]:
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": str(port),
        "ServerApp.port_retries": "0",
        "ServerApp.root_dir": str(notebooks),
        "ServerApp.open_browser": "False",
        "ServerApp.password": "",
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": "True",
        "JupyterNotebookApp.expose_app_in_browser": "True",
    }
    command = [sys.executable, "-m", "jupyterlab"]
    command += [f"--{name}={value}" for name, value in options.items()]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*command, "--allow-root"] if is_root else command


def _kernel_spec() -> dict[str, Any]:
    path = [str(REPOSITORY), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "argv": [
            sys.executable,
            *("-m", "ipykernel_launcher", "-f", "{connection_file}"),
        ],
        "display_name": "Python 3",
        "language": "python",
        "env": {
            "PYTHONPATH": os.pathsep.join(path),
            "JAX_PLATFORMS": os.environ.get("JAX_PLATFORMS", "cpu"),
        },
    }


def _write_json(file: pathlib.Path, value: Any) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(value), encoding="utf-8")

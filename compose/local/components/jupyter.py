"""JupyterLab and the dashboards' pages, as components of `up`."""

from compose.local.component import Command, Component
from compose.local.java import spark_java_home
from compose.local.page_servers import PageServer, page_server
from compose.local.ports import LOOPBACK
from compose.local.stack import Stack
from compose.local.stats import answers_http
from notebooks import CREDIT, TILES

__all__ = ["dashboards", "jupyter"]


def jupyter(stack: Stack) -> Component:
    """JupyterLab; ready when it answers."""
    return _component(stack, "jupyter")


def dashboards(stack: Stack) -> Component:
    """The pages; ready when they answer, their kernels a few seconds later."""
    return _component(stack, "dashboards")


def _component(stack: Stack, name: str) -> Component:
    def prepare() -> Command:
        server = PageServer(stack.home, LOOPBACK, stack.ports[name], stack.credentials["jupyter"].password)
        java = spark_java_home(stack.java, stack.home.etc("java"))  # for notebooks that start a Spark
        land = {TILES: stack.settings.map.tiles, CREDIT: stack.settings.map.credit}
        return page_server(name, server, {"JAVA_HOME": str(java), **land})

    return Component(
        name=name,
        log=stack.home.log(name),
        needs=("streaming",),  # what shows readings does not compete with what brings them
        port=stack.ports[name],
        prepare=prepare,
        ready=lambda: answers_http(stack.address(name)),
        start_timeout=120,
        stop_grace=20,
    )

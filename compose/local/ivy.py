"""Runs the Ivy that ships inside pyspark: Maven Central's jars without Maven."""

from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from xml.sax.saxutils import quoteattr

from compose.local.component import Command
from compose.local.jars_lock import Jar
from compose.local.java import Java
from compose.local.process import run_command
from telemetry.errors import FarmstreamError

__all__ = ["fetch", "ivy_command", "locked_module"]

_LAYOUT = "[organisation]/[module]/[revision]/[artifact]-[revision](-[classifier]).[ext]"
"""Where a retrieved jar lies below the target: its path says all that the lock must know."""

_TIMEOUT = 1800.0
"""Seconds for one set, on a slow line."""

_HERE = Path(__file__).parent

_MODULE = """\
<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="farmstream" module={name}/>
  <configurations defaultconf="default"><conf name="default"/></configurations>
  <dependencies defaultconf="default->default">
{dependencies}  </dependencies>
</ivy-module>
"""


def fetch(
    java: Java, module: Path, work: Path, poms: bool, seen: Callable[[int], None] = lambda n: None
) -> None:
    """Fill `work`/jars with what `module` names; `seen` hears how many jars have arrived.

    With `poms` also with all that these ask for. ProcessFailed where Ivy could not get all of it.
    """
    log = work / "ivy.log"
    work.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    command = ivy_command(java, module, work, poms)
    run_command(
        "Ivy", command, log, _TIMEOUT, lambda: seen(log.read_text("utf-8", "replace").count("[SUCCESSFUL ]"))
    )


def ivy_command(java: Java, module: Path, work: Path, poms: bool) -> Command:
    """Resolve the module file and copy its jars to `work`/jars; without `poms`, only what it names."""
    options = {
        "-settings": str(_HERE / "ivysettings.xml"),
        "-cache": str(work / "cache"),
        "-ivy": str(module),
        "-confs": "default",
        "-retrieve": str(work / "jars" / _LAYOUT),
    }
    words = [word for pair in options.items() for word in pair]
    flags = (
        "-Xmx192m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        f"-Dfarmstream.usepoms={str(poms).lower()}",
    )
    return Command((str(java.program), *flags, "-jar", str(_ivy_jar()), *words))


def locked_module(name: str, jars: Iterable[Jar]) -> str:
    """An Ivy module that depends on exactly these jars and on nothing that they ask for."""
    return _MODULE.format(name=quoteattr(name), dependencies="".join(_dependencies(list(jars))))


def _dependencies(jars: list[Jar]) -> Iterator[str]:
    for module in dict.fromkeys((jar.group, jar.artifact, jar.version) for jar in jars):
        group, artifact, version = map(quoteattr, module)
        yield f'    <dependency org={group} name={artifact} rev={version} transitive="false">\n'
        for jar in jars:
            if jar[1:4] == module:
                classifier = f" m:classifier={quoteattr(jar.classifier)}" if jar.classifier else ""
                yield f'      <artifact name={artifact} type="jar" ext="jar"{classifier}/>\n'
        yield "    </dependency>\n"


def _ivy_jar() -> Path:
    spec = find_spec("pyspark")
    found = sorted(Path(spec.origin).parent.glob("jars/ivy-*.jar")) if spec and spec.origin else []
    if not found:
        raise FarmstreamError(
            "The Python package pyspark, or its jar of Ivy, is missing: run ./farmstream again."
        )
    return found[0]

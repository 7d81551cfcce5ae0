"""The components of one home, wired: who needs whom, and what is done once one is ready."""

from collections.abc import Mapping
from dataclasses import dataclass

from compose.local.claims import Claims
from compose.local.component import Component
from compose.local.components.chips import check_chips, chips
from compose.local.components.fluentd import fluentd, installed_fluentd
from compose.local.components.gateway import gateway, gateway_settings
from compose.local.components.jupyter import dashboards, jupyter
from compose.local.components.notify import notify, notify_settings
from compose.local.components.servers import broker_of, cassandra, kafka, mqtt
from compose.local.components.simulator import simulator, stats_file
from compose.local.components.streaming import progress_file, streaming, streaming_settings
from compose.local.credentials import make_credentials
from compose.local.home_settings import read_home_settings
from compose.local.jars import require_jars
from compose.local.java import find_java
from compose.local.options import Options
from compose.local.ports import DASHBOARDS, check_free, choose_ports, is_free
from compose.local.stack import Stack
from compose.local.stats import Sources

__all__ = ["Topology", "build", "gather"]


@dataclass(frozen=True, kw_only=True)
class Topology:
    """What the supervisor runs, and where what runs can be reached and asked."""

    stack: Stack
    components: tuple[Component, ...]
    endpoints: Mapping[str, str | None]
    sources: Sources


def gather(options: Options, claims: Claims) -> Stack:
    """Settings, ports, passwords, Java and jars of this home, made or fetched where they are missing.

    The ports are ours until `claims` ends.
    """
    home = options.home
    settings = read_home_settings(home.settings)
    java = find_java()
    jars = require_jars(java)

    def free(port: int) -> bool:
        return is_free(port) and claims.take(port)

    ports = choose_ports(home.ports, free=free)
    unused = () if options.dashboards else DASHBOARDS
    check_free({name: port for name, port in ports.items() if name not in unused}, home.ports, free)
    credentials = make_credentials(home.credentials)
    stack = Stack(
        options=options, ports=ports, credentials=credentials, java=java, jars=jars, settings=settings
    )
    for check in (broker_of, installed_fluentd, gateway_settings, streaming_settings, check_chips):
        check(stack)  # what is wrong is told now, and not in some log
    if settings.notify:
        notify_settings(stack)
    return stack


def build(stack: Stack) -> Topology:
    """All components that the options want, in the order of the flow."""
    program = installed_fluentd(stack)
    components = [
        mqtt(stack),
        kafka(stack),
        cassandra(stack),
        fluentd(stack, program),
        gateway(stack),
        streaming(stack),
    ]
    if stack.settings.notify:
        components.append(notify(stack))
    simulated = bool(stack.options.wanted.get("simulated"))
    if simulated:
        components.append(simulator(stack))
    real = chips(stack)
    components += real
    if stack.options.dashboards:
        components += [dashboards(stack), jupyter(stack)]
    return Topology(
        stack=stack,
        components=tuple(components),
        endpoints=_endpoints(stack),
        sources=Sources(
            simulator=stats_file(stack) if simulated and not real else None,  # real boards count nothing
            gateway=stack.address("gateway"),
            collector=None if program else stack.address("collector"),  # Fluentd counts no deliveries
            streaming=progress_file(stack),
        ),
    )


def _endpoints(stack: Stack) -> dict[str, str | None]:
    addresses: dict[str, str | None] = {
        name: stack.address(name) for name in ("mqtt", "fluentd", "kafka", "cassandra")
    }
    lab = f"http://{stack.address('jupyter')}" if stack.options.dashboards else None
    return addresses | {"gateway": f"http://{stack.address('gateway')}", "jupyter": lab}

"""The simulated AWS: places, names, services, apps, metrics, what the control plane can see, and the event log.

Everything here lives in virtual time, is built in id order, and changes only through the stories that commands start.
"""

from opsconsole.cloud.cloud import Cloud
from opsconsole.cloud.events import EventLog
from opsconsole.cloud.refusal import Refused

__all__ = ["Cloud", "EventLog", "Refused"]

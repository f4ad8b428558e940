"""The fault runs by name. Each takes (options, report), makes seven nodes of its own, and raises Failed or Skipped."""

import clocks
import crashes
import disks
import lines
import partitions
import quiet

ALL = {
    "kills": crashes.kills,
    "stops": crashes.stops,
    "lines": lines.lines,
    "partitions": partitions.partitions,
    "clocks": clocks.clocks,
    "certificates": clocks.certificates,
    "disk": disks.disk,
    "joining": quiet.joining,
    "retries": quiet.retries,
    "idle": quiet.idle,
}

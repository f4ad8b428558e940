"""The fault runs by name. Each takes (options, report), builds a cluster of its own, and raises Failed."""

import crashes
import partitions

ALL = {
    "kills": crashes.kills,
    "stops": crashes.stops,
    "partitions": partitions.partitions,
}

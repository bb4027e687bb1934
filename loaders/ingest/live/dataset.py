"""What can be fetched: a dataset of a market, or of an area of ENTSO-E."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LiveDataset:
    """A dataset that is fetched over the network.

    Attributes:
        iso: The market, such as CAISO; or ENTSOE.
        name: The dataset, as gridstatus or `entsoe_fetch.DATASETS` names it.
        area: With ENTSOE, the area, such as DE_LU.
        source: Who publishes the rows; None is the library or the platform.
        metric: The metric of a table whose columns are all zones.
        resolution: The length of the intervals of a table that does not state their ends.
    """

    iso: str
    name: str
    area: str | None = None
    source: str | None = None
    metric: str | None = None
    resolution: str | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, [self.iso.upper(), self.area, self.name]))

"""Every error that a user can meet: what is wrong, where, and how to mend it."""


class AsnError(Exception):
    """An error with a catalogue id, a message for the reader and a way to mend it."""

    id = "asn.error"

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class UsageError(AsnError):
    """A wrong argument: period, agency, dataset or version."""

    id = "asn.usage"


class ConfigurationError(AsnError):
    """A setting or a reference file that is missing or wrong."""

    id = "asn.configuration"


class ContractError(AsnError):
    """A data contract that cannot be used."""

    id = "asn.contract"


class SubmissionRefused(AsnError):
    """A file of which nothing is stored; ``rule`` names the reason in the message catalogue."""

    id = "asn.submission_refused"

    def __init__(self, rule: str, **places: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.places = places


class ConservationError(AsnError):
    """Rows read do not equal rows accepted plus rows rejected."""

    id = "asn.conservation"


class BuildFailed(AsnError):
    """dbt failed, or did not run all that was selected."""

    id = "asn.build_failed"


class GateFailed(AsnError):
    """An expectation at a gate was not met; nothing is published."""

    id = "asn.gate_failed"


class NotPublished(UsageError):
    """A period or version that was never published."""

    id = "asn.not_published"


class PublishConflict(AsnError):
    """Another publication of the same period is under way, or the version does not exist."""

    id = "asn.publish_conflict"


class ReportFailed(AsnError):
    """The report cannot be made from what is published."""

    id = "asn.report_failed"


class DeliveryRefused(AsnError):
    """A report that must not be delivered: not what is published, or nobody approved it."""

    id = "asn.delivery_refused"


class DeliveryFailed(AsnError):
    """A target did not answer, or did not hold what was sent to it; another try may succeed."""

    id = "asn.delivery_failed"

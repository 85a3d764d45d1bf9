"""Every table: the catalogue, what is asked for, what is planned, what is booked, and who did what."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def one_of(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), nullable=False),
        sa.Column("shortened", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        sa.UniqueConstraint("code", name=op.f("uq_calendar_code")),
    )
    op.create_table(
        "daylight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.String(length=5), nullable=False),
        sa.Column("sunrise", sa.Time(), nullable=False),
        sa.Column("sunset", sa.Time(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_daylight")),
        sa.UniqueConstraint("from_day", name=op.f("uq_daylight_from_day")),
    )
    op.create_table(
        "device_type",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cal_interval_days", sa.Integer(), nullable=False),
        sa.Column("cal_duration_days", sa.Integer(), nullable=False),
        sa.Column("home_lab", sa.String(), nullable=False),
        sa.Column("kept_overnight", sa.Boolean(), nullable=False),
        sa.Column("turnaround_min", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "cal_duration_days BETWEEN 1 AND cal_interval_days", name=op.f("ck_device_type_duration_within_interval")
        ),
        sa.CheckConstraint("cal_interval_days >= 1", name=op.f("ck_device_type_interval_positive")),
        sa.CheckConstraint("turnaround_min >= 0", name=op.f("ck_device_type_turnaround_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_type")),
        sa.UniqueConstraint("code", name=op.f("uq_device_type_code")),
    )
    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("slot_min", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("dusk_margin_min", sa.Integer(), nullable=False),
        sa.CheckConstraint("dusk_margin_min >= 0", name=op.f("ck_facility_dusk_margin_not_negative")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_facility_on_earth")
        ),
        sa.CheckConstraint("slot_min BETWEEN 1 AND 1440", name=op.f("ck_facility_slot_within_a_day")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
        sa.UniqueConstraint("code", name=op.f("uq_facility_code")),
    )
    op.create_table(
        "holiday",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", one_of("holidaykind", "closed", "short", "working"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holiday")),
        sa.UniqueConstraint("day", name=op.f("uq_holiday_day")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(country) = 2", name=op.f("ck_organisation_country_iso")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_table(
        "season",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_season")),
        sa.UniqueConstraint("code", name=op.f("uq_season_code")),
    )
    op.create_table(
        "state_resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("initial", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_resource")),
        sa.UniqueConstraint("code", name=op.f("uq_state_resource_code")),
    )
    op.create_table(
        "zone",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("sweep_min", sa.Integer(), nullable=False),
        sa.CheckConstraint("sweep_min >= 0", name=op.f("ck_zone_sweep_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_zone")),
        sa.UniqueConstraint("code", name=op.f("uq_zone_code")),
    )
    op.create_table(
        "calendar_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["calendar_id"], ["calendar.id"], name=op.f("fk_calendar_window_calendar_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_calendar_window_season_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_window")),
        sa.UniqueConstraint(
            "calendar_id",
            "weekdays",
            "starts",
            "season_id",
            name=op.f("uq_calendar_window_calendar_id_weekdays_starts_season_id"),
        ),
    )
    op.create_table(
        "crew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", one_of("crewkind", "driver", "engineer", "technician"), nullable=False),
        sa.Column("permit", one_of("permit", "P1", "P2", "P3", "P4", "P5", "P6", "P7"), nullable=True),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("(kind = 'driver') = (permit IS NOT NULL)", name=op.f("ck_crew_drivers_have_permits")),
        sa.CheckConstraint("people >= 1", name=op.f("ck_crew_people_positive")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_crew_calendar_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew")),
        sa.UniqueConstraint("code", name=op.f("uq_crew_code")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("type_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("calibrated_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["type_id"], ["device_type.id"], name=op.f("fk_device_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("code", name=op.f("uq_device_code")),
        sa.UniqueConstraint("serial", name=op.f("uq_device_serial")),
    )
    op.create_index(op.f("ix_device_type_id"), "device", ["type_id"], unique=False)
    op.create_table(
        "procedure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.Column("kind", one_of("procedurekind", "track", "bench", "chamber", "crash"), nullable=False),
        sa.Column("duration_min", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("preparation_min", sa.Integer(), nullable=False),
        sa.Column("prep_site_kind", one_of("preparationkind", "garage", "soak"), nullable=True),
        sa.Column("prep_valid_min", sa.Integer(), nullable=False),
        sa.Column(
            "site_kind",
            one_of(
                "sitekind",
                "garage",
                "soak",
                "inspection",
                "chamber",
                "corrosion",
                "cold-dyno",
                "dyno",
                "emc",
                "lamp",
                "crash",
                "sled",
                "rig",
                "drum",
                "electrics",
            ),
            nullable=True,
        ),
        sa.Column("drivers", sa.Integer(), nullable=False),
        sa.Column("engineers", sa.Integer(), nullable=False),
        sa.Column("technicians", sa.Integer(), nullable=False),
        sa.Column("surface", one_of("surface", "any", "dry", "wet"), nullable=True),
        sa.Column("wind_max_ms", sa.Integer(), nullable=True),
        sa.Column("temp_min_c", sa.Integer(), nullable=True),
        sa.Column("temp_max_c", sa.Integer(), nullable=True),
        sa.Column("daylight", sa.Boolean(), nullable=False),
        sa.Column("destructive", sa.Boolean(), nullable=False),
        sa.Column("interruptible", sa.Boolean(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=True),
        sa.Column("price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.CheckConstraint(
            "(preparation_min > 0) = (prep_site_kind IS NOT NULL)", name=op.f("ck_procedure_preparation_has_site")
        ),
        sa.CheckConstraint(
            "drivers >= 0 AND engineers >= 0 AND technicians >= 0", name=op.f("ck_procedure_crew_not_negative")
        ),
        sa.CheckConstraint("duration_min >= 1", name=op.f("ck_procedure_duration_positive")),
        sa.CheckConstraint(
            "preparation_min >= 0 AND prep_valid_min >= 0", name=op.f("ck_procedure_preparation_not_negative")
        ),
        sa.CheckConstraint("price >= 0", name=op.f("ck_procedure_price_not_negative")),
        sa.CheckConstraint("repeats >= 1", name=op.f("ck_procedure_repeats_positive")),
        sa.CheckConstraint("temp_min_c <= temp_max_c", name=op.f("ck_procedure_temperatures_in_order")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_procedure_calendar_id")),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_procedure_season_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procedure")),
        sa.UniqueConstraint("code", name=op.f("uq_procedure_code")),
    )
    op.create_table(
        "route",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("use", one_of("use", "shared", "exclusive"), nullable=False),
        sa.Column("max_vehicles", sa.Integer(), nullable=False),
        sa.Column("categories", sa.String(), nullable=False),
        sa.Column("surface", one_of("surface", "any", "dry", "wet"), nullable=False),
        sa.Column("wind_max_ms", sa.Integer(), nullable=True),
        sa.Column("temp_min_c", sa.Integer(), nullable=True),
        sa.Column("temp_max_c", sa.Integer(), nullable=True),
        sa.Column("daylight", sa.Boolean(), nullable=False),
        sa.Column("permit", one_of("permit", "P1", "P2", "P3", "P4", "P5", "P6", "P7"), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=True),
        sa.Column("hour_price", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.CheckConstraint("hour_price >= 0", name=op.f("ck_route_hour_price_not_negative")),
        sa.CheckConstraint("max_vehicles >= 1", name=op.f("ck_route_max_vehicles_positive")),
        sa.CheckConstraint("temp_min_c <= temp_max_c", name=op.f("ck_route_temperatures_in_order")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_route_calendar_id")),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_route_season_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
        sa.UniqueConstraint("code", name=op.f("uq_route_code")),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone_id", sa.Integer(), nullable=False),
        sa.Column("length_m", sa.Integer(), nullable=False),
        sa.Column("lanes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("direction", one_of("direction", "ring", "switchable", "oneway", "both", "free"), nullable=False),
        sa.Column("surface", sa.String(), nullable=False),
        sa.Column("vmax_kmh", sa.Integer(), nullable=False),
        sa.Column("wetting", one_of("wetting", "no", "switchable", "sprinklers", "filled"), nullable=False),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_segment_capacity_positive")),
        sa.CheckConstraint("lanes >= 1", name=op.f("ck_segment_lanes_positive")),
        sa.CheckConstraint("length_m >= 1", name=op.f("ck_segment_length_positive")),
        sa.CheckConstraint("vmax_kmh >= 1", name=op.f("ck_segment_vmax_positive")),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name=op.f("fk_segment_zone_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("code", name=op.f("uq_segment_code")),
    )
    op.create_index(op.f("ix_segment_zone_id"), "segment", ["zone_id"], unique=False)
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            one_of(
                "sitekind",
                "garage",
                "soak",
                "inspection",
                "chamber",
                "corrosion",
                "cold-dyno",
                "dyno",
                "emc",
                "lamp",
                "crash",
                "sled",
                "rig",
                "drum",
                "electrics",
            ),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 1", name=op.f("ck_site_capacity_positive")),
        sa.ForeignKeyConstraint(["calendar_id"], ["calendar.id"], name=op.f("fk_site_calendar_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    op.create_table(
        "state_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state_resource_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("season_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("before <> after", name=op.f("ck_state_change_two_states")),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_state_change_minutes_not_negative")),
        sa.ForeignKeyConstraint(["season_id"], ["season.id"], name=op.f("fk_state_change_season_id")),
        sa.ForeignKeyConstraint(
            ["state_resource_id"],
            ["state_resource.id"],
            name=op.f("fk_state_change_state_resource_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_change")),
        sa.UniqueConstraint(
            "state_resource_id",
            "before",
            "after",
            "season_id",
            name=op.f("uq_state_change_state_resource_id_before_after_season_id"),
        ),
    )
    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", one_of("role", "manufacturer", "manager", "administrator"), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("language", one_of("language", "en", "ru", "fa"), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'manufacturer') = (organisation_id IS NOT NULL)",
            name=op.f("ck_user_manufacturer_has_organisation"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_email_lower")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_user_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_index(op.f("ix_user_organisation_id"), "user", ["organisation_id"], unique=False)
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("regulation", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("propulsion", sa.String(), nullable=False),
        sa.Column("release_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("confidentiality", one_of("confidentiality", "open", "covered", "closed"), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_on <= deadline_on", name=op.f("ck_campaign_due_before_deadline")),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_campaign_priority_range")),
        sa.CheckConstraint("release_on <= due_on", name=op.f("ck_campaign_release_before_due")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_campaign_created_by_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_campaign_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_campaign_organisation_id"), "campaign", ["organisation_id"], unique=False)
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("crew_id", sa.Integer(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN segment_id IS NULL THEN 0 ELSE 1 END + CASE WHEN site_id IS NULL THEN 0 ELSE 1 END"
            " + CASE WHEN crew_id IS NULL THEN 0 ELSE 1 END + CASE WHEN device_id IS NULL THEN 0 ELSE 1 END = 1",
            name=op.f("ck_closure_of_one_thing"),
        ),
        sa.CheckConstraint("starts < ends", name=op.f("ck_closure_not_empty")),
        sa.ForeignKeyConstraint(["crew_id"], ["crew.id"], name=op.f("fk_closure_crew_id")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_closure_device_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["user.id"], name=op.f("fk_closure_entered_by_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_closure_segment_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_closure_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_closure_crew_id"), "closure", ["crew_id"], unique=False)
    op.create_index(op.f("ix_closure_device_id"), "closure", ["device_id"], unique=False)
    op.create_index(op.f("ix_closure_segment_id"), "closure", ["segment_id"], unique=False)
    op.create_index(op.f("ix_closure_site_id"), "closure", ["site_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_event_actor_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_event_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False)
    op.create_index(op.f("ix_event_organisation_id"), "event", ["organisation_id"], unique=False)
    op.create_index("ix_event_subject_subject_id", "event", ["subject", "subject_id"], unique=False)
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("to_user_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["to_user_id"], ["user.id"], name=op.f("fk_mail_to_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_to_user_id"), "mail", ["to_user_id"], unique=False)
    op.create_index(
        "ix_mail_unsent",
        "mail",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "procedure_device",
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("device_type_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_procedure_device_amount_positive")),
        sa.ForeignKeyConstraint(
            ["device_type_id"], ["device_type.id"], name=op.f("fk_procedure_device_device_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_procedure_device_procedure_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("procedure_id", "device_type_id", name=op.f("pk_procedure_device")),
    )
    op.create_table(
        "procedure_order",
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("before_id <> after_id", name=op.f("ck_procedure_order_two_procedures")),
        sa.ForeignKeyConstraint(
            ["after_id"], ["procedure.id"], name=op.f("fk_procedure_order_after_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["procedure.id"], name=op.f("fk_procedure_order_before_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("before_id", "after_id", name=op.f("pk_procedure_order")),
    )
    op.create_index(op.f("ix_procedure_order_after_id"), "procedure_order", ["after_id"], unique=False)
    op.create_table(
        "procedure_route",
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("choice >= 1", name=op.f("ck_procedure_route_choice_positive")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_procedure_route_position_not_negative")),
        sa.ForeignKeyConstraint(
            ["procedure_id"], ["procedure.id"], name=op.f("fk_procedure_route_procedure_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_procedure_route_route_id")),
        sa.PrimaryKeyConstraint("procedure_id", "choice", "position", name=op.f("pk_procedure_route")),
        sa.UniqueConstraint(
            "procedure_id", "choice", "route_id", name=op.f("uq_procedure_route_procedure_id_choice_route_id")
        ),
    )
    op.create_index(op.f("ix_procedure_route_route_id"), "procedure_route", ["route_id"], unique=False)
    op.create_table(
        "route_segment",
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_route_segment_position_not_negative")),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_route_segment_route_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_route_segment_segment_id")),
        sa.PrimaryKeyConstraint("route_id", "position", name=op.f("pk_route_segment")),
        sa.UniqueConstraint("route_id", "segment_id", name=op.f("uq_route_segment_route_id_segment_id")),
    )
    op.create_index(op.f("ix_route_segment_segment_id"), "route_segment", ["segment_id"], unique=False)
    op.create_table(
        "route_state",
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("state_resource_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_route_state_route_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["state_resource_id"], ["state_resource.id"], name=op.f("fk_route_state_state_resource_id")
        ),
        sa.PrimaryKeyConstraint("route_id", "state_resource_id", name=op.f("pk_route_state")),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", one_of("runstate", "queued", "running", "finished", "failed", "cancelled"), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("preset", sa.String(), nullable=False),
        sa.Column("weights", JSON, nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=True),
        sa.Column("placed", sa.Integer(), nullable=True),
        sa.Column("days_late", sa.Integer(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("problem", sa.LargeBinary(), nullable=True),
        sa.Column("solution", sa.LargeBinary(), nullable=True),
        sa.Column("trace", JSON, nullable=False),
        sa.CheckConstraint("seconds >= 1", name=op.f("ck_run_seconds_positive")),
        sa.CheckConstraint("weeks >= 1", name=op.f("ck_run_weeks_positive")),
        sa.CheckConstraint("workers >= 1", name=op.f("ck_run_workers_positive")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["user.id"], name=op.f("fk_run_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    op.create_index(
        "uq_run_active",
        "run",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state IN ('queued', 'running')"),
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "state_segment",
        sa.Column("state_resource_id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_state_segment_segment_id")),
        sa.ForeignKeyConstraint(
            ["state_resource_id"],
            ["state_resource.id"],
            name=op.f("fk_state_segment_state_resource_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("state_resource_id", "segment_id", name=op.f("pk_state_segment")),
    )
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", one_of("planstate", "draft", "published", "superseded", "discarded"), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("based_on_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('published', 'superseded') OR published_at IS NOT NULL",
            name=op.f("ck_plan_published_at_some_time"),
        ),
        sa.CheckConstraint("starts < ends", name=op.f("ck_plan_not_empty")),
        sa.ForeignKeyConstraint(["based_on_id"], ["plan.id"], name=op.f("fk_plan_based_on_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["user.id"], name=op.f("fk_plan_created_by_id")),
        sa.ForeignKeyConstraint(["published_by_id"], ["user.id"], name=op.f("fk_plan_published_by_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_plan_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_plan_number")),
        sa.UniqueConstraint("run_id", name=op.f("uq_plan_run_id")),
    )
    op.create_index(
        "uq_plan_published",
        "plan",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "test_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("kind", one_of("articlekind", "vehicle", "part"), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("vin", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_test_article_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_article")),
        sa.UniqueConstraint("campaign_id", "id", name=op.f("uq_test_article_campaign_id_id")),
        sa.UniqueConstraint("campaign_id", "label", name=op.f("uq_test_article_campaign_id_label")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "test_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("procedure_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            one_of(
                "state",
                "draft",
                "submitted",
                "returned",
                "approved",
                "not_placed",
                "booked",
                "under_way",
                "done",
                "rejected",
                "withdrawn",
                "cancelled",
            ),
            nullable=False,
        ),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("release_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("deadline_on", sa.Date(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("extra_drivers", sa.Integer(), nullable=False),
        sa.Column("extra_engineers", sa.Integer(), nullable=False),
        sa.Column("extra_preparation_min", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_on <= deadline_on", name=op.f("ck_test_request_due_before_deadline")),
        sa.CheckConstraint(
            "extra_drivers >= 0 AND extra_engineers >= 0 AND extra_preparation_min >= 0",
            name=op.f("ck_test_request_extras_not_negative"),
        ),
        sa.CheckConstraint("priority BETWEEN 1 AND 4", name=op.f("ck_test_request_priority_range")),
        sa.CheckConstraint("release_on <= due_on", name=op.f("ck_test_request_release_before_due")),
        sa.ForeignKeyConstraint(
            ["campaign_id", "article_id"],
            ["test_article.campaign_id", "test_article.id"],
            name=op.f("fk_test_request_campaign_id_article_id"),
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_test_request_campaign_id")),
        sa.ForeignKeyConstraint(["procedure_id"], ["procedure.id"], name=op.f("fk_test_request_procedure_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_test_request")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_test_request_article_id"), "test_request", ["article_id"], unique=False)
    op.create_index(op.f("ix_test_request_campaign_id"), "test_request", ["campaign_id"], unique=False)
    op.create_index(op.f("ix_test_request_procedure_id"), "test_request", ["procedure_id"], unique=False)
    op.create_index(op.f("ix_test_request_state"), "test_request", ["state"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("part", one_of("part", "preparation", "test"), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("started_at <= finished_at", name=op.f("ck_booking_started_before_finished")),
        sa.CheckConstraint("starts < ends", name=op.f("ck_booking_not_empty")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_booking_plan_id")),
        sa.ForeignKeyConstraint(["request_id"], ["test_request.id"], name=op.f("fk_booking_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_booking_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("request_id", "part", name=op.f("uq_booking_request_id_part")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_booking_plan_id"), "booking", ["plan_id"], unique=False)
    op.create_index(op.f("ix_booking_starts"), "booking", ["starts"], unique=False)
    op.create_table(
        "dependency",
        sa.Column("before_id", sa.Integer(), nullable=False),
        sa.Column("after_id", sa.Integer(), nullable=False),
        sa.Column("min_lag_min", sa.Integer(), nullable=False),
        sa.Column("max_lag_min", sa.Integer(), nullable=True),
        sa.CheckConstraint("before_id <> after_id", name=op.f("ck_dependency_two_tests")),
        sa.CheckConstraint("min_lag_min <= max_lag_min", name=op.f("ck_dependency_lags_in_order")),
        sa.ForeignKeyConstraint(
            ["after_id"], ["test_request.id"], name=op.f("fk_dependency_after_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["test_request.id"], name=op.f("fk_dependency_before_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("before_id", "after_id", name=op.f("pk_dependency")),
    )
    op.create_index(op.f("ix_dependency_after_id"), "dependency", ["after_id"], unique=False)
    op.create_table(
        "left_out",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("blocking", JSON, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_left_out_plan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["request_id"], ["test_request.id"], name=op.f("fk_left_out_request_id")),
        sa.PrimaryKeyConstraint("plan_id", "request_id", name=op.f("pk_left_out")),
    )
    op.create_index(op.f("ix_left_out_request_id"), "left_out", ["request_id"], unique=False)
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("part", one_of("part", "preparation", "test"), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("routes", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("devices", JSON, nullable=False),
        sa.Column("pieces", JSON, nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_placement_not_empty")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_placement_plan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["request_id"], ["test_request.id"], name=op.f("fk_placement_request_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_placement_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("plan_id", "request_id", "part", name=op.f("uq_placement_plan_id_request_id_part")),
    )
    op.create_index(op.f("ix_placement_request_id"), "placement", ["request_id"], unique=False)
    op.create_table(
        "request_device",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("device_type_id", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 1", name=op.f("ck_request_device_amount_positive")),
        sa.ForeignKeyConstraint(["device_type_id"], ["device_type.id"], name=op.f("fk_request_device_device_type_id")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["test_request.id"], name=op.f("fk_request_device_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "device_type_id", name=op.f("pk_request_device")),
    )
    op.create_table(
        "request_route",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["test_request.id"], name=op.f("fk_request_route_request_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("request_id", "choice", name=op.f("pk_request_route")),
    )
    op.create_table(
        "article_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        ExcludeConstraint(
            (sa.column("article_id"), "="),
            (sa.text("tstzrange(starts, ends)"), "&&"),
            using="gist",
            name="article_hold_once",
        ).ddl_if(dialect="postgresql"),
        sa.CheckConstraint("starts < ends", name=op.f("ck_article_hold_not_empty")),
        sa.ForeignKeyConstraint(["article_id"], ["test_article.id"], name=op.f("fk_article_hold_article_id")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_article_hold_booking_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_hold")),
    )
    op.create_index("ix_article_hold_article_id_starts", "article_hold", ["article_id", "starts"], unique=False)
    op.create_index(op.f("ix_article_hold_booking_id"), "article_hold", ["booking_id"], unique=False)
    op.create_table(
        "device_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        ExcludeConstraint(
            (sa.column("device_id"), "="),
            (sa.text("tstzrange(starts, ends)"), "&&"),
            using="gist",
            name="device_hold_once",
        ).ddl_if(dialect="postgresql"),
        sa.CheckConstraint("starts < ends", name=op.f("ck_device_hold_not_empty")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_device_hold_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_hold_device_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_hold")),
    )
    op.create_index(op.f("ix_device_hold_booking_id"), "device_hold", ["booking_id"], unique=False)
    op.create_index("ix_device_hold_device_id_starts", "device_hold", ["device_id", "starts"], unique=False)
    op.create_table(
        "road_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("starts", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        ExcludeConstraint(
            (sa.column("segment_id"), "="),
            (sa.text("tstzrange(starts, ends)"), "&&"),
            using="gist",
            name="road_hold_once",
        ).ddl_if(dialect="postgresql"),
        sa.CheckConstraint("starts < ends", name=op.f("ck_road_hold_not_empty")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_road_hold_booking_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_road_hold_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_road_hold")),
    )
    op.create_index(op.f("ix_road_hold_booking_id"), "road_hold", ["booking_id"], unique=False)
    op.create_index("ix_road_hold_segment_id_starts", "road_hold", ["segment_id", "starts"], unique=False)


def downgrade() -> None:
    op.drop_table("road_hold")
    op.drop_table("device_hold")
    op.drop_table("article_hold")
    op.drop_table("request_route")
    op.drop_table("request_device")
    op.drop_table("placement")
    op.drop_table("left_out")
    op.drop_table("dependency")
    op.drop_table("booking")
    op.drop_table("test_request")
    op.drop_table("test_article")
    op.drop_table("plan")
    op.drop_table("state_segment")
    op.drop_table("run")
    op.drop_table("route_state")
    op.drop_table("route_segment")
    op.drop_table("procedure_route")
    op.drop_table("procedure_order")
    op.drop_table("procedure_device")
    op.drop_table("mail")
    op.drop_table("event")
    op.drop_table("closure")
    op.drop_table("campaign")
    op.drop_table("user")
    op.drop_table("state_change")
    op.drop_table("site")
    op.drop_table("segment")
    op.drop_table("route")
    op.drop_table("procedure")
    op.drop_table("device")
    op.drop_table("crew")
    op.drop_table("calendar_window")
    op.drop_table("zone")
    op.drop_table("state_resource")
    op.drop_table("season")
    op.drop_table("organisation")
    op.drop_table("holiday")
    op.drop_table("facility")
    op.drop_table("device_type")
    op.drop_table("daylight")
    op.drop_table("calendar")

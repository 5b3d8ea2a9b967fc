CREATE SCHEMA "people";
--> statement-breakpoint
CREATE TABLE "people"."accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"person_id" text NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"password" text,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_person" UNIQUE("person_id","provider_id")
);
--> statement-breakpoint
CREATE TABLE "people"."attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"count" integer NOT NULL,
	"until_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "people"."invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"grants" jsonb NOT NULL,
	"is_first" boolean NOT NULL,
	"created_ms" bigint NOT NULL,
	"expires_ms" bigint NOT NULL,
	"used_ms" bigint,
	CONSTRAINT "invitations_hash" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "people"."passkeys" (
	"id" text PRIMARY KEY NOT NULL,
	"person_id" text NOT NULL,
	"name" text,
	"public_key" text NOT NULL,
	"credential_id" text NOT NULL,
	"counter" integer NOT NULL,
	"device_type" text NOT NULL,
	"backed_up" boolean NOT NULL,
	"transports" text,
	"created_at" timestamp with time zone,
	"aaguid" text,
	CONSTRAINT "passkeys_credential" UNIQUE("credential_id")
);
--> statement-breakpoint
CREATE TABLE "people"."persons" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "persons_email" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "people"."roles" (
	"person_id" text NOT NULL,
	"role" text NOT NULL,
	"scope_kind" text NOT NULL,
	"scope_id" text NOT NULL,
	CONSTRAINT "roles_person_id_role_scope_kind_scope_id_pk" PRIMARY KEY("person_id","role","scope_kind","scope_id")
);
--> statement-breakpoint
CREATE TABLE "people"."sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"person_id" text NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sessions_token" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "people"."tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"hash" text NOT NULL,
	"grants" jsonb NOT NULL,
	"made_by" text,
	"created_ms" bigint NOT NULL,
	"expires_ms" bigint,
	"revoked_ms" bigint,
	"used_ms" bigint,
	CONSTRAINT "tokens_hash" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "people"."verifications" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "people"."accounts" ADD CONSTRAINT "accounts_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "people"."persons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people"."passkeys" ADD CONSTRAINT "passkeys_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "people"."persons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people"."roles" ADD CONSTRAINT "roles_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "people"."persons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people"."sessions" ADD CONSTRAINT "sessions_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "people"."persons"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people"."tokens" ADD CONSTRAINT "tokens_made_by_persons_id_fk" FOREIGN KEY ("made_by") REFERENCES "people"."persons"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attempts_until" ON "people"."attempts" USING btree ("until_ms");--> statement-breakpoint
CREATE INDEX "passkeys_person" ON "people"."passkeys" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "sessions_person" ON "people"."sessions" USING btree ("person_id");--> statement-breakpoint
CREATE INDEX "verifications_identifier" ON "people"."verifications" USING btree ("identifier");
--> statement-breakpoint
-- For the list of what people did: all but what sites tell by themselves, and so few.
CREATE INDEX "events_told_by_people" ON "events" USING btree ("position") WHERE type NOT IN ('SegmentStored', 'SegmentLost', 'BacklogReported', 'RelayHeard', 'RunStarted', 'RunEnded', 'CameraFellSilent', 'ClockCorrected', 'SegmentsExpired', 'ExpiredObjectsDeleted');
--> statement-breakpoint
-- Applies events to the projections, each named once. Whoever calls it holds the locks of all streams concerned.
-- Whoever fills empty tables with it has to ANALYZE them now and then: the planner must not take them for small.
-- (One function, since PL/pgSQL takes an array apart for each one that it is handed to.)
CREATE OR REPLACE FUNCTION project_events(entries log_entry[]) RETURNS void LANGUAGE plpgsql
	SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	entry log_entry;
	added span[];
BEGIN
	-- Cameras and sites have their rows from here on. When were they heard of?
	WITH heard AS (
		-- A clock that is ahead must not make a site count as alive for as long as it is ahead.
		SELECT data->>'cameraId' AS camera_id, data->>'siteId' AS site_id, least(occurred_ms, recorded_ms) AS at_ms
		FROM unnest(entries)
		-- What people do in the installation is of no camera and no site.
		WHERE data ?| ARRAY['cameraId', 'siteId']
		-- These happen in the cloud: they say nothing of the site.
		AND type NOT IN ('SegmentsExpired', 'ExpiredObjectsDeleted', 'FootageLocked', 'FootageUnlocked',
			'FootageExported')
	), sited AS (
		INSERT INTO sites (site_id, last_heard_ms)
		SELECT site_id, max(at_ms) FROM heard WHERE camera_id IS NULL GROUP BY site_id
		ON CONFLICT (site_id) DO UPDATE SET last_heard_ms = excluded.last_heard_ms
			WHERE sites.last_heard_ms < excluded.last_heard_ms
	)
	INSERT INTO cameras (camera_id, last_heard_ms)
	SELECT camera_id, max(at_ms) FROM heard WHERE camera_id IS NOT NULL GROUP BY camera_id
	ON CONFLICT (camera_id) DO UPDATE SET last_heard_ms = excluded.last_heard_ms
		WHERE cameras.last_heard_ms < excluded.last_heard_ms;
	FOR entry IN SELECT * FROM unnest(entries) AS each
		WHERE each.type <> 'SegmentStored' AND each.data ?| ARRAY['cameraId', 'siteId'] LOOP
		PERFORM project_event(entry);
	END LOOP;
	-- What comes by the thousand is written together, after the corrections of the runs' clocks.
	WITH stored AS (
		SELECT stored.* FROM unnest(entries) AS each
		CROSS JOIN LATERAL jsonb_to_record(each.data) AS stored ("cameraId" text, "siteId" text, "runId" text,
			sequence integer, "firstFragment" integer, "startMs" bigint, "wallDurationMs" bigint, "startTicks" bigint,
			"mediaDurationTicks" integer, bytes integer, tracks text, fragments text, key text)
		WHERE each.type = 'SegmentStored'
	), inserted AS (
		INSERT INTO segments (camera_id, site_id, run_id, sequence, first_fragment, start_ms, end_ms, start_ticks,
			media_duration_ticks, bytes, tracks, fragments, key)
		SELECT "cameraId", "siteId", "runId", sequence, "firstFragment", "startMs" + coalesce(corrected_by_ms, 0),
			"startMs" + "wallDurationMs" + coalesce(corrected_by_ms, 0), "startTicks", "mediaDurationTicks", bytes,
			tracks, fragments, key
		FROM stored LEFT JOIN runs ON camera_id = "cameraId" AND run_id = "runId"
		WHERE NOT EXISTS (
			SELECT FROM expired_spans AS gone WHERE gone.camera_id = "cameraId" AND gone.run_id = "runId"
				AND sequence BETWEEN gone.from_sequence AND gone.to_sequence
		)
		ON CONFLICT DO NOTHING
		RETURNING camera_id, run_id, sequence, start_ms, end_ms, bytes
	), counted AS (
		UPDATE cameras SET stored_segments = stored_segments + sum.segments, stored_bytes = stored_bytes + sum.bytes
		FROM (SELECT camera_id, count(*) AS segments, sum(bytes) AS bytes FROM inserted GROUP BY camera_id) AS sum
		WHERE cameras.camera_id = sum.camera_id
	)
	SELECT array_agg((camera_id, run_id, sequence, start_ms, end_ms)::span) INTO added FROM inserted;
	IF added IS NOT NULL THEN
		PERFORM cover(camera_id, start_ms, end_ms) FROM islands_of(added);
	END IF;
END $$;

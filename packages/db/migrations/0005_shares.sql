-- Shares of footage. The log has a share and what became of it; what opens it (hashes) is beside the log.
CREATE TABLE "share_secrets" (
	"share_id" text PRIMARY KEY NOT NULL,
	"secret_hash" text NOT NULL,
	"password_hash" text
);
--> statement-breakpoint
CREATE TABLE "shares" (
	"share_id" text PRIMARY KEY NOT NULL,
	"camera_id" text NOT NULL,
	"start_ms" bigint,
	"end_ms" bigint,
	"expires_ms" bigint,
	"shared_ms" bigint,
	"shared_by" text,
	"download" boolean,
	"password" boolean,
	"note" text,
	"revoked_ms" bigint,
	"revoked_by" text,
	"opened" integer DEFAULT 0 NOT NULL,
	"opened_ms" bigint
);
--> statement-breakpoint
ALTER TABLE "exports" ADD COLUMN "share_id" text;--> statement-breakpoint
CREATE INDEX "shares_shared" ON "shares" USING btree ("camera_id","shared_ms");
--> statement-breakpoint
-- As in 0004, and shares, which happen in the cloud as well.
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
			'FootageExported', 'FootageShared', 'ShareRevoked', 'ShareOpened')
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
--> statement-breakpoint
-- As in 0003, with exports by a share, and shares.
CREATE OR REPLACE FUNCTION project_event(entry log_entry) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	id text := entry.event_id;
	data jsonb := entry.data;
	occurred_ms bigint := entry.occurred_ms;
	recorded_ms bigint := entry.recorded_ms;
	camera text := data->>'cameraId';
	site text := data->>'siteId';
	run text := data->>'runId';
BEGIN
	CASE entry.type
	WHEN 'SiteRegistered' THEN
		UPDATE sites SET name = data->>'name', name_at_ms = occurred_ms
			WHERE site_id = site AND coalesce(name_at_ms, 0) <= occurred_ms;
	WHEN 'CameraRegistered' THEN
		UPDATE cameras SET site_id = site, registered_ms = least(registered_ms, occurred_ms) WHERE camera_id = camera;
		-- Its own id is no name that was given to it: any other holds instead, also one that was given before.
		PERFORM project_name(camera, data->>'name', CASE data->>'name' WHEN camera THEN 0 ELSE occurred_ms END);
	WHEN 'CameraRenamed' THEN
		PERFORM project_name(camera, data->>'name', occurred_ms);
	WHEN 'CameraRetired' THEN
		UPDATE cameras SET retired_ms = greatest(retired_ms, occurred_ms) WHERE camera_id = camera;
	WHEN 'CameraRetentionSet' THEN
		UPDATE cameras SET retention_days = (data->>'days')::float8, retention_bytes = (data->>'bytes')::bigint,
			retention_at_ms = occurred_ms
			WHERE camera_id = camera AND coalesce(retention_at_ms, 0) <= occurred_ms;
	WHEN 'RelayStarted' THEN
		INSERT INTO relay_moments (event_id, site_id, kind, at_ms, last_alive_ms) VALUES
			(id, site, 'started', least((data->>'startedMs')::bigint, recorded_ms), (data->>'lastAliveMs')::bigint);
	WHEN 'RelayStopped' THEN
		INSERT INTO relay_moments (event_id, site_id, kind, at_ms) VALUES
			(id, site, 'stopped', least((data->>'stoppedMs')::bigint, recorded_ms));
	WHEN 'RelayHeard' THEN
		NULL; -- That it was heard is all it says.
	WHEN 'BacklogReported' THEN
		INSERT INTO backlogs (camera_id, event_id, reported_ms, segments, bytes, ranges) VALUES
			(camera, id, least((data->>'reportedMs')::bigint, recorded_ms), (data->>'segments')::integer,
				(data->>'bytes')::bigint, data->'ranges')
			ON CONFLICT (camera_id) DO UPDATE SET event_id = excluded.event_id, reported_ms = excluded.reported_ms,
				segments = excluded.segments, bytes = excluded.bytes, ranges = excluded.ranges
			-- Of two reports of the same moment the higher id holds.
			WHERE (backlogs.reported_ms, backlogs.event_id) < (excluded.reported_ms, excluded.event_id);
	WHEN 'RunStarted' THEN
		INSERT INTO runs (camera_id, run_id, start_ms) VALUES (camera, run, (data->>'startMs')::bigint)
			ON CONFLICT (camera_id, run_id) DO UPDATE SET start_ms = excluded.start_ms + runs.corrected_by_ms;
	WHEN 'RunEnded' THEN
		INSERT INTO runs (camera_id, run_id, end_ms, end_reason) VALUES
			(camera, run, (data->>'endMs')::bigint, data->>'reason')
			ON CONFLICT (camera_id, run_id) DO UPDATE
			SET end_ms = excluded.end_ms + runs.corrected_by_ms, end_reason = excluded.end_reason;
	WHEN 'ClockCorrected' THEN
		PERFORM project_correction(camera, run, (data->>'byMs')::bigint);
	WHEN 'CameraFellSilent' THEN
		PERFORM project_gap(id, camera, run, (data->>'startMs')::bigint, (data->>'endMs')::bigint,
			'camera-unreachable', 'The camera sent no picture for a while, and went on.');
	WHEN 'SegmentLost' THEN
		PERFORM project_gap(id, camera, run, (data->>'startMs')::bigint,
			(data->>'startMs')::bigint + (data->>'wallDurationMs')::bigint, data->>'cause', data->>'detail');
	WHEN 'SegmentsExpired' THEN
		PERFORM project_expiry(id, camera, data);
	WHEN 'ExpiredObjectsDeleted' THEN
		INSERT INTO expiries (event_id, camera_id, known, objects_deleted) VALUES
			(data->>'expiredEventId', camera, false, true)
			ON CONFLICT (event_id) DO UPDATE SET objects_deleted = true;
	WHEN 'FootageLocked' THEN
		INSERT INTO locks (camera_id, lock_id, start_ms, end_ms, reason, until_ms, unlocked) VALUES
			(camera, data->>'lockId', (data->>'startMs')::bigint, (data->>'endMs')::bigint, data->>'reason',
				(data->>'untilMs')::bigint, false)
			ON CONFLICT (camera_id, lock_id) DO UPDATE SET start_ms = excluded.start_ms, end_ms = excluded.end_ms,
				reason = excluded.reason, until_ms = excluded.until_ms;
	WHEN 'FootageUnlocked' THEN
		INSERT INTO locks (camera_id, lock_id, unlocked) VALUES (camera, data->>'lockId', true)
			ON CONFLICT (camera_id, lock_id) DO UPDATE SET unlocked = true;
	WHEN 'FootageExported' THEN
		INSERT INTO exports (event_id, camera_id, export_id, start_ms, end_ms, exported_ms, exported_by, format, bytes,
			share_id)
			VALUES (id, camera, data->>'exportId', (data->>'startMs')::bigint, (data->>'endMs')::bigint,
				least(occurred_ms, recorded_ms), data->>'by', data->>'format', (data->>'bytes')::bigint,
				data->>'shareId');
	WHEN 'FootageShared' THEN
		INSERT INTO shares (share_id, camera_id, start_ms, end_ms, expires_ms, shared_ms, shared_by, download, password,
			note)
			VALUES (data->>'shareId', camera, (data->>'startMs')::bigint, (data->>'endMs')::bigint,
				(data->>'expiresMs')::bigint, least(occurred_ms, recorded_ms), data->>'by', (data->>'download')::boolean,
				(data->>'password')::boolean, data->>'note')
			ON CONFLICT (share_id) DO UPDATE SET start_ms = excluded.start_ms, end_ms = excluded.end_ms,
				expires_ms = excluded.expires_ms, shared_ms = excluded.shared_ms, shared_by = excluded.shared_by,
				download = excluded.download, password = excluded.password, note = excluded.note;
	WHEN 'ShareRevoked' THEN
		INSERT INTO shares (share_id, camera_id, revoked_ms, revoked_by)
			VALUES (data->>'shareId', camera, least(occurred_ms, recorded_ms), data->>'by')
			ON CONFLICT (share_id) DO UPDATE SET revoked_ms = excluded.revoked_ms, revoked_by = excluded.revoked_by;
	WHEN 'ShareOpened' THEN
		INSERT INTO shares (share_id, camera_id, opened, opened_ms)
			VALUES (data->>'shareId', camera, 1, least(occurred_ms, recorded_ms))
			ON CONFLICT (share_id) DO UPDATE SET opened = shares.opened + 1,
				opened_ms = greatest(shares.opened_ms, excluded.opened_ms);
	END CASE;
END $$;

-- Appending and projecting, in the database: an append is one statement and so one round trip, and a rebuild runs the
-- very same code. Names of tables are left to the search path, so that a rebuild can fill tables beside the live ones.
-- Every change leaves the tables the same whatever order events arrive in, and in whatever batches; an event's id,
-- unique in the log, makes repeats harmless.
--
-- A batch to append is a JSON array of events of the current versions (packages/media/events.ts):
-- {eventId, stream, type, version, occurredAtMs, recordedAtMs?, data}. `recordedAtMs` (when the log took it) is given
-- for what was recorded before: by a restore from the archive.

-- An event as the projections see it.
CREATE TYPE log_entry AS (event_id text, type text, occurred_ms bigint, recorded_ms bigint, data jsonb);
--> statement-breakpoint
-- Segments as far as coverage is concerned.
CREATE TYPE span AS (camera_id text, run_id text, sequence integer, start_ms bigint, end_ms bigint);
--> statement-breakpoint
-- Appends a batch, updates the projections and commits; then tells those who listen. Gives the ids of the events that
-- were new. `streams` are those of its events, sorted; the batch names each event once. The notice has a transaction of
-- its own, since PostgreSQL lets only one transaction that notifies commit at a time, and each of them would wait for
-- the disk meanwhile. Should the server die between the two, nobody is told: whoever listens looks again by itself
-- after a while.
CREATE PROCEDURE append_events(batch jsonb, streams text[], INOUT fresh text[]) LANGUAGE plpgsql AS $$
BEGIN
	fresh := append_locked(batch, streams);
	COMMIT;
	IF fresh IS NOT NULL THEN
		SET LOCAL synchronous_commit = off;
		PERFORM notify_streams(streams);
	END IF;
END $$;
--> statement-breakpoint
-- Tells those who listen that something was appended to these streams.
CREATE FUNCTION notify_streams(streams text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- A payload must be shorter than 8,000 bytes, and a stream's name has at most 70.
	PERFORM pg_notify('rokuga_events', jsonb_agg(stream)::text)
		FROM unnest(streams) WITH ORDINALITY AS told (stream, nth) GROUP BY (nth - 1) / 100;
END $$;
--> statement-breakpoint
-- Keeps other writers of these streams (sorted, so that two writers cannot deadlock) waiting until the transaction ends:
-- for an append, and before it for one who decides by the projections what is to be appended.
CREATE FUNCTION lock_streams(streams text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	-- A rebuild takes this one alone, for the moment in which it swaps the tables ("rolg" in ASCII).
	PERFORM pg_advisory_xact_lock_shared(x'726f6c67'::bigint);
	PERFORM pg_advisory_xact_lock(hashtextextended(stream, 0)) FROM unnest(streams) AS stream;
END $$;
--> statement-breakpoint
-- Appends a batch and updates the projections. Writers of the same stream take turns, so that projections never see
-- half of another writer's batch. (Plans are made once: to make one takes longer than most batches do.)
CREATE FUNCTION append_locked(batch jsonb, streams text[]) RETURNS text[] LANGUAGE plpgsql
	SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	fresh text[];
	entries log_entry[];
	now_ms bigint;
BEGIN
	PERFORM lock_streams(streams);
	now_ms := floor(extract(epoch FROM clock_timestamp()) * 1000);
	WITH inserted AS (
		INSERT INTO events (event_id, stream, type, version, data, occurred_at, recorded_at)
		SELECT event->>'eventId', event->>'stream', event->>'type', (event->>'version')::smallint, event->'data',
			to_timestamp((event->>'occurredAtMs')::bigint / 1000.0),
			to_timestamp(coalesce((event->>'recordedAtMs')::bigint, now_ms) / 1000.0)
		FROM jsonb_array_elements(batch) AS event
		ON CONFLICT (event_id) DO NOTHING
		RETURNING event_id
	)
	SELECT array_agg(event_id) INTO fresh FROM inserted;
	IF fresh IS NULL THEN
		RETURN NULL;
	END IF;
	SELECT array_agg((event->>'eventId', event->>'type', (event->>'occurredAtMs')::bigint,
		coalesce((event->>'recordedAtMs')::bigint, now_ms), event->'data')::log_entry) INTO entries
		FROM jsonb_array_elements(batch) AS event JOIN unnest(fresh) AS new (id) ON id = event->>'eventId';
	PERFORM project_events(entries);
	RETURN fresh;
END $$;
--> statement-breakpoint
-- Applies events to the projections, each named once. Whoever calls it holds the locks of all streams concerned.
-- Whoever fills empty tables with it has to ANALYZE them now and then: the planner must not take them for small.
-- (One function, since PL/pgSQL takes an array apart for each one that it is handed to.)
CREATE FUNCTION project_events(entries log_entry[]) RETURNS void LANGUAGE plpgsql
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
		-- These happen in the cloud: they say nothing of the site.
		WHERE type NOT IN ('SegmentsExpired', 'ExpiredObjectsDeleted', 'FootageLocked', 'FootageUnlocked',
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
	FOR entry IN SELECT * FROM unnest(entries) AS each WHERE each.type <> 'SegmentStored' LOOP
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
-- Applies events that the log holds: for a rebuild, where they need not leave the database. All of them are of the
-- current versions.
CREATE FUNCTION project_log(positions bigint[]) RETURNS void LANGUAGE sql AS $$
	SELECT project_events(array_agg((event_id, type, floor(extract(epoch FROM occurred_at) * 1000),
		floor(extract(epoch FROM recorded_at) * 1000), data)::log_entry))
	FROM events WHERE position = ANY (positions);
$$;
--> statement-breakpoint
-- The same for a JSON array of events {eventId, type, occurredAtMs, recordedAtMs, data}: for those that were upcast.
CREATE FUNCTION project_upcast(batch jsonb) RETURNS void LANGUAGE sql AS $$
	SELECT project_events(array_agg((event->>'eventId', event->>'type', (event->>'occurredAtMs')::bigint,
		(event->>'recordedAtMs')::bigint, event->'data')::log_entry))
	FROM jsonb_array_elements(batch) AS event;
$$;
--> statement-breakpoint
-- Any event but SegmentStored. Nothing happened later than it was recorded, whatever a clock said.
CREATE FUNCTION project_event(entry log_entry) RETURNS void LANGUAGE plpgsql AS $$
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
		INSERT INTO exports (event_id, camera_id, export_id, start_ms, end_ms, exported_ms, exported_by, format, bytes)
			VALUES (id, camera, data->>'exportId', (data->>'startMs')::bigint, (data->>'endMs')::bigint,
				least(occurred_ms, recorded_ms), data->>'by', data->>'format', (data->>'bytes')::bigint);
	END CASE;
END $$;
--> statement-breakpoint
-- Of two names the later one holds.
CREATE FUNCTION project_name(camera text, name text, at_ms bigint) RETURNS void LANGUAGE sql AS $$
	UPDATE cameras SET name = project_name.name, name_at_ms = at_ms
		WHERE camera_id = camera AND coalesce(name_at_ms, 0) <= at_ms;
$$;
--> statement-breakpoint
CREATE FUNCTION correction_of(camera text, run text) RETURNS bigint LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT corrected_by_ms FROM runs WHERE camera_id = camera AND run_id = run), 0);
$$;
--> statement-breakpoint
-- A range of a run that is lost for a stated cause. Times as the event tells them, before any correction.
CREATE FUNCTION project_gap(id text, camera text, run text, start_ms bigint, end_ms bigint, cause text, detail text)
	RETURNS void LANGUAGE sql AS $$
	INSERT INTO gaps (event_id, camera_id, run_id, start_ms, end_ms, cause, detail)
	SELECT id, camera, run, project_gap.start_ms + by_ms, project_gap.end_ms + by_ms, project_gap.cause,
		project_gap.detail
	FROM correction_of(camera, run) AS by_ms;
$$;
--> statement-breakpoint
-- Moves all that is known of a run; what is yet to arrive of it is moved as it is written. Keys of objects stay as
-- they are: they only have to be found.
CREATE FUNCTION project_correction(camera text, run text, by_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	moved record;
BEGIN
	INSERT INTO runs (camera_id, run_id, corrected_by_ms) VALUES (camera, run, by_ms)
		ON CONFLICT (camera_id, run_id) DO UPDATE SET start_ms = runs.start_ms + by_ms, end_ms = runs.end_ms + by_ms,
			corrected_by_ms = runs.corrected_by_ms + by_ms;
	UPDATE gaps SET start_ms = start_ms + by_ms, end_ms = end_ms + by_ms WHERE camera_id = camera AND run_id = run;
	WITH segment AS (
		UPDATE segments SET start_ms = start_ms + by_ms, end_ms = end_ms + by_ms
		WHERE camera_id = camera AND run_id = run
		RETURNING start_ms, end_ms
	)
	SELECT min(start_ms) AS start_ms, max(end_ms) AS end_ms INTO moved FROM segment;
	IF moved.start_ms IS NOT NULL THEN
		PERFORM recompute_coverage(camera, moved.start_ms - by_ms, moved.end_ms - by_ms);
		PERFORM recompute_coverage(camera, moved.start_ms, moved.end_ms);
	END IF;
END $$;
--> statement-breakpoint
-- Takes segments out: those that are there now, and by `expired_spans` those that arrive later.
CREATE FUNCTION project_expiry(id text, camera text, data jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	gone span[];
	holes int8multirange;
	hole int8range;
BEGIN
	INSERT INTO expiries (event_id, camera_id, known, objects_deleted) VALUES (id, camera, true, false)
		ON CONFLICT (event_id) DO UPDATE SET known = true;
	INSERT INTO expired_spans (event_id, camera_id, run_id, from_sequence, to_sequence)
		SELECT id, camera, each->>'runId', (each->>'fromSequence')::integer, (each->>'toSequence')::integer
		FROM jsonb_array_elements(data->'spans') AS each;
	PERFORM project_gap(id || '/' || nth, camera, each->>'runId', (each->>'startMs')::bigint, (each->>'endMs')::bigint,
			'expired', 'It was older, or more, than what is kept of this camera.')
		FROM jsonb_array_elements(data->'spans') WITH ORDINALITY AS span (each, nth);
	SELECT array_agg((camera_id, run_id, sequence, start_ms, end_ms)::span) INTO gone
		FROM expired_spans JOIN segments USING (camera_id, run_id)
		WHERE camera_id = camera AND event_id = id AND sequence BETWEEN from_sequence AND to_sequence;
	IF gone IS NULL THEN
		RETURN;
	END IF;
	-- Looked up before they go: what they bridge goes with them.
	SELECT range_agg(int8range(start_ms, end_ms)) INTO holes FROM islands_of(gone);
	WITH removed AS (
		DELETE FROM segments USING unnest(gone) AS one
		WHERE segments.camera_id = one.camera_id AND segments.run_id = one.run_id AND segments.sequence = one.sequence
		RETURNING bytes
	)
	UPDATE cameras SET stored_segments = stored_segments - sum.segments, stored_bytes = stored_bytes - sum.bytes
		FROM (SELECT count(*) AS segments, sum(bytes) AS bytes FROM removed) AS sum WHERE camera_id = camera;
	FOR hole IN SELECT unnest(holes) LOOP
		PERFORM recompute_coverage(camera, lower(hole), upper(hole));
	END LOOP;
END $$;
--> statement-breakpoint
-- What segments (which are in their table) cover, merged per camera. A segment covers [start, end); between two
-- segments of one run whose sequence numbers follow each other there is no hole, unless the clock says more than 2 s
-- (BRIDGE_MS of packages/media/segment.ts, whose `coverageOf` is the model of this).
CREATE FUNCTION islands_of(spans span[]) RETURNS TABLE (camera_id text, start_ms bigint, end_ms bigint)
	LANGUAGE sql STABLE AS $$
	WITH own AS (
		SELECT *, lag(sequence) OVER run = sequence - 1 AS has_before, lag(end_ms) OVER run AS before_end_ms,
			lead(sequence) OVER run = sequence + 1 AS has_after, lead(start_ms) OVER run AS after_start_ms
		FROM unnest(spans) WINDOW run AS (PARTITION BY camera_id, run_id ORDER BY sequence)
	), neighboured AS (
		-- Nearly all neighbours are among them: only for those that are not the table is asked.
		SELECT camera_id, start_ms, end_ms,
			CASE WHEN has_before THEN before_end_ms ELSE (SELECT before.end_ms FROM segments AS before
				WHERE before.camera_id = own.camera_id AND before.run_id = own.run_id
					AND before.sequence = own.sequence - 1) END AS before_end_ms,
			CASE WHEN has_after THEN after_start_ms ELSE (SELECT after.start_ms FROM segments AS after
				WHERE after.camera_id = own.camera_id AND after.run_id = own.run_id
					AND after.sequence = own.sequence + 1) END AS after_start_ms
		FROM own
	), reach AS (
		SELECT camera_id,
			CASE WHEN start_ms <= before_end_ms + 2000 THEN least(start_ms, before_end_ms) ELSE start_ms END AS start_ms,
			CASE WHEN after_start_ms <= end_ms + 2000 THEN greatest(end_ms, after_start_ms) ELSE end_ms END AS end_ms
		FROM neighboured
	)
	SELECT camera_id, lower(island), upper(island) FROM (
		SELECT camera_id, unnest(range_agg(int8range(start_ms, end_ms))) AS island FROM reach GROUP BY camera_id
	) AS merged;
$$;
--> statement-breakpoint
-- Adds a range to a camera's coverage, joined with the ranges that it overlaps or touches.
CREATE FUNCTION cover(camera text, from_ms bigint, to_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	touched record;
BEGIN
	SELECT min(start_ms) AS start_ms, max(end_ms) AS end_ms, count(*) AS ranges INTO touched FROM coverage
		WHERE camera_id = camera AND start_ms <= to_ms AND end_ms >= from_ms
			-- Ranges are disjoint, so only the last one before it can reach it from the left.
			AND start_ms >= coalesce(
				(SELECT max(start_ms) FROM coverage WHERE camera_id = camera AND start_ms <= from_ms), from_ms);
	IF touched.ranges = 0 THEN
		INSERT INTO coverage (camera_id, start_ms, end_ms) VALUES (camera, from_ms, to_ms);
	ELSIF touched.ranges = 1 THEN
		UPDATE coverage SET start_ms = least(start_ms, from_ms), end_ms = greatest(end_ms, to_ms)
			WHERE camera_id = camera AND start_ms = touched.start_ms AND (start_ms > from_ms OR end_ms < to_ms);
	ELSE
		DELETE FROM coverage
			WHERE camera_id = camera AND start_ms BETWEEN touched.start_ms AND to_ms;
		INSERT INTO coverage (camera_id, start_ms, end_ms) VALUES
			(camera, least(touched.start_ms, from_ms), greatest(touched.end_ms, to_ms));
	END IF;
END $$;
--> statement-breakpoint
-- Makes a range of a camera's coverage anew from its segments: for when some of them moved or went.
CREATE FUNCTION recompute_coverage(camera text, from_ms bigint, to_ms bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	spans span[];
BEGIN
	WITH cut AS (
		DELETE FROM coverage WHERE camera_id = camera AND start_ms < to_ms AND end_ms > from_ms
			AND start_ms >= coalesce(
				(SELECT max(start_ms) FROM coverage WHERE camera_id = camera AND start_ms <= from_ms), from_ms)
		RETURNING start_ms, end_ms
	)
	INSERT INTO coverage (camera_id, start_ms, end_ms)
		SELECT camera, start_ms, from_ms FROM cut WHERE start_ms < from_ms
		UNION ALL SELECT camera, to_ms, end_ms FROM cut WHERE end_ms > to_ms;
	SELECT array_agg((camera_id, run_id, sequence, start_ms, end_ms)::span) INTO spans FROM segments
		-- No segment is longer than an hour (LONGEST_SEGMENT_MS), and none bridges more than 2 s beside it.
		WHERE camera_id = camera AND start_ms > from_ms - 3602000 AND start_ms <= to_ms + 2000
			AND end_ms >= from_ms - 2000;
	IF spans IS NOT NULL THEN
		PERFORM cover(camera_id, start_ms, end_ms) FROM islands_of(spans);
	END IF;
END $$;
--> statement-breakpoint
-- The log is only ever added to, whoever is asked: also where the program's role owns the table.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'The event log is only ever added to: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON events
	FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

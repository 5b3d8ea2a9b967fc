CREATE TABLE "cursors" (
	"name" text PRIMARY KEY NOT NULL,
	"transaction_id" "xid8" NOT NULL,
	"position" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "expired_spans" (
	"event_id" text NOT NULL,
	"camera_id" text NOT NULL,
	"run_id" text NOT NULL,
	"from_sequence" integer NOT NULL,
	"to_sequence" integer NOT NULL,
	CONSTRAINT "expired_spans_camera_id_run_id_to_sequence_event_id_pk" PRIMARY KEY("camera_id","run_id","to_sequence","event_id")
);
--> statement-breakpoint
CREATE TABLE "expiries" (
	"event_id" text PRIMARY KEY NOT NULL,
	"camera_id" text NOT NULL,
	"known" boolean NOT NULL,
	"objects_deleted" boolean NOT NULL
);
--> statement-breakpoint
CREATE TABLE "exports" (
	"event_id" text PRIMARY KEY NOT NULL,
	"camera_id" text NOT NULL,
	"export_id" text NOT NULL,
	"start_ms" bigint NOT NULL,
	"end_ms" bigint NOT NULL,
	"exported_ms" bigint NOT NULL,
	"exported_by" text,
	"format" text NOT NULL,
	"bytes" bigint
);
--> statement-breakpoint
CREATE TABLE "locks" (
	"camera_id" text NOT NULL,
	"lock_id" text NOT NULL,
	"start_ms" bigint,
	"end_ms" bigint,
	"reason" text,
	"until_ms" bigint,
	"unlocked" boolean NOT NULL,
	CONSTRAINT "locks_camera_id_lock_id_pk" PRIMARY KEY("camera_id","lock_id")
);
--> statement-breakpoint
CREATE TABLE "projection_state" (
	"version" integer NOT NULL
);
--> statement-breakpoint
DROP INDEX "events_stream";
--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "version" SET DATA TYPE smallint;
--> statement-breakpoint
ALTER TABLE "events" ALTER COLUMN "recorded_at" DROP DEFAULT;
--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "retention_days" double precision;
--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "retention_bytes" bigint;
--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "retention_at_ms" bigint;
--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "stored_segments" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "stored_bytes" bigint DEFAULT 0 NOT NULL;
--> statement-breakpoint
CREATE INDEX "expiries_pending" ON "expiries" USING btree ("event_id") WHERE known AND NOT objects_deleted;
--> statement-breakpoint
CREATE INDEX "exports_start" ON "exports" USING btree ("camera_id","start_ms");
--> statement-breakpoint
CREATE INDEX "events_order" ON "events" USING btree ("transaction_id","position");
--> statement-breakpoint
CREATE INDEX "events_recorded" ON "events" USING brin ("recorded_at") WITH (autosummarize=true);
--> statement-breakpoint
-- The projections are built anew from the log after the migrations (projections.ts): this one has another shape.
DROP TABLE "segments";
--> statement-breakpoint
CREATE TABLE "segments" (
	"start_ms" bigint NOT NULL,
	"end_ms" bigint NOT NULL,
	"start_ticks" bigint NOT NULL,
	"sequence" integer NOT NULL,
	"first_fragment" integer NOT NULL,
	"media_duration_ticks" integer NOT NULL,
	"bytes" integer NOT NULL,
	"camera_id" text NOT NULL,
	"run_id" text NOT NULL,
	"site_id" text NOT NULL,
	"tracks" text NOT NULL,
	"fragments" text NOT NULL,
	"key" text,
	CONSTRAINT "segments_camera_id_run_id_sequence_pk" PRIMARY KEY("camera_id","run_id","sequence")
);
--> statement-breakpoint
-- With all that a playlist of whole segments needs: a camera's day is 8,640 rows, each on a page of its own.
CREATE INDEX "segments_start" ON "segments" USING btree ("camera_id","start_ms")
	INCLUDE ("end_ms","start_ticks","sequence","media_duration_ticks","bytes","run_id","site_id","tracks","key");
--> statement-breakpoint
-- The index alone answers only for pages that were vacuumed. Rows are only ever added, so that is cheap: it is done
-- after so many new rows (hours of a hundred cameras), not after a fifth of the table.
ALTER TABLE "segments" SET (autovacuum_vacuum_insert_threshold = 50000, autovacuum_vacuum_insert_scale_factor = 0);

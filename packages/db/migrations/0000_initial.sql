CREATE TABLE "cameras" (
	"camera_id" text PRIMARY KEY NOT NULL,
	"site_id" text,
	"name" text,
	"name_at_ms" bigint,
	"registered_ms" bigint,
	"retired" boolean DEFAULT false NOT NULL,
	"last_heard_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "coverage" (
	"camera_id" text NOT NULL,
	"start_ms" bigint NOT NULL,
	"end_ms" bigint NOT NULL,
	CONSTRAINT "coverage_camera_id_start_ms_pk" PRIMARY KEY("camera_id","start_ms")
);
--> statement-breakpoint
CREATE TABLE "events" (
	"position" bigserial PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"stream" text NOT NULL,
	"type" text NOT NULL,
	"version" integer NOT NULL,
	"data" jsonb NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"recorded_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"transaction_id" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	CONSTRAINT "events_event_id" UNIQUE("event_id")
);
--> statement-breakpoint
CREATE TABLE "gaps" (
	"camera_id" text NOT NULL,
	"run_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"start_ms" bigint NOT NULL,
	"end_ms" bigint NOT NULL,
	"cause" text NOT NULL,
	"detail" text NOT NULL,
	CONSTRAINT "gaps_camera_id_run_id_sequence_pk" PRIMARY KEY("camera_id","run_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"camera_id" text NOT NULL,
	"run_id" text NOT NULL,
	"start_ms" bigint,
	"end_ms" bigint,
	"end_reason" text,
	CONSTRAINT "runs_camera_id_run_id_pk" PRIMARY KEY("camera_id","run_id")
);
--> statement-breakpoint
CREATE TABLE "segments" (
	"camera_id" text NOT NULL,
	"run_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"first_fragment" integer NOT NULL,
	"start_ms" bigint NOT NULL,
	"end_ms" bigint NOT NULL,
	"start_ticks" bigint NOT NULL,
	"media_duration_ticks" bigint NOT NULL,
	"bytes" integer NOT NULL,
	"key" text NOT NULL,
	"sha256" text NOT NULL,
	"tracks" jsonb NOT NULL,
	"fragment_bytes" integer[] NOT NULL,
	"fragment_ticks" integer[] NOT NULL,
	"keyframe_bytes" integer[] NOT NULL,
	CONSTRAINT "segments_camera_id_run_id_sequence_pk" PRIMARY KEY("camera_id","run_id","sequence")
);
--> statement-breakpoint
CREATE TABLE "sites" (
	"site_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"name_at_ms" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "events_stream" ON "events" USING btree ("stream","position");--> statement-breakpoint
CREATE INDEX "gaps_start" ON "gaps" USING btree ("camera_id","start_ms");--> statement-breakpoint
CREATE INDEX "runs_start" ON "runs" USING btree ("camera_id","start_ms");--> statement-breakpoint
CREATE INDEX "segments_start" ON "segments" USING btree ("camera_id","start_ms");
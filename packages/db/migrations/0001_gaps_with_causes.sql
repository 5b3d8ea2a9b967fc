CREATE TABLE "backlogs" (
	"camera_id" text PRIMARY KEY NOT NULL,
	"event_id" text NOT NULL,
	"reported_ms" bigint NOT NULL,
	"segments" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"ranges" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "relay_moments" (
	"event_id" text PRIMARY KEY NOT NULL,
	"site_id" text NOT NULL,
	"kind" text NOT NULL,
	"at_ms" bigint NOT NULL,
	"last_alive_ms" bigint
);
--> statement-breakpoint
ALTER TABLE "gaps" DROP CONSTRAINT "gaps_camera_id_run_id_sequence_pk";--> statement-breakpoint
ALTER TABLE "sites" ALTER COLUMN "name" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ALTER COLUMN "name_at_ms" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "cameras" ADD COLUMN "retired_ms" bigint;--> statement-breakpoint
ALTER TABLE "gaps" ADD COLUMN "event_id" text;--> statement-breakpoint
UPDATE "gaps" SET "event_id" = "camera_id" || '/' || "run_id" || '/' || "sequence" || '/SegmentLost';--> statement-breakpoint
ALTER TABLE "gaps" ADD PRIMARY KEY ("event_id");--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "corrected_by_ms" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sites" ADD COLUMN "last_heard_ms" bigint;--> statement-breakpoint
-- What the projections now keep follows from the events that there are.
UPDATE "sites" SET "last_heard_ms" = coalesce((
	SELECT floor(extract(epoch FROM max(least("occurred_at", "recorded_at"))) * 1000)
	FROM "events" WHERE "stream" = 'site/' || "site_id"), "name_at_ms");--> statement-breakpoint
ALTER TABLE "sites" ALTER COLUMN "last_heard_ms" SET NOT NULL;--> statement-breakpoint
UPDATE "cameras" SET
	"last_heard_ms" = coalesce((
		SELECT floor(extract(epoch FROM max(least("occurred_at", "recorded_at"))) * 1000)
		FROM "events" WHERE "stream" = 'camera/' || "camera_id"), "last_heard_ms"),
	"retired_ms" = (
		SELECT floor(extract(epoch FROM max("occurred_at")) * 1000)
		FROM "events" WHERE "stream" = 'camera/' || "camera_id" AND "type" = 'CameraRetired');--> statement-breakpoint
CREATE INDEX "relay_moments_at" ON "relay_moments" USING btree ("site_id","at_ms");--> statement-breakpoint
CREATE INDEX "gaps_run" ON "gaps" USING btree ("camera_id","run_id");--> statement-breakpoint
CREATE INDEX "gaps_end" ON "gaps" USING btree ("camera_id","end_ms");--> statement-breakpoint
CREATE INDEX "runs_end" ON "runs" USING btree ("camera_id","end_ms");--> statement-breakpoint
ALTER TABLE "cameras" DROP COLUMN "retired";--> statement-breakpoint
ALTER TABLE "gaps" DROP COLUMN "sequence";
-- Links with which somebody sets a new password. The hash of what opens them is beside the log, as with all links.
CREATE TABLE "people"."password_links" (
	"person_id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"expires_ms" bigint NOT NULL,
	CONSTRAINT "password_links_hash" UNIQUE("hash")
);
--> statement-breakpoint
ALTER TABLE "people"."password_links" ADD CONSTRAINT "password_links_person_id_persons_id_fk" FOREIGN KEY ("person_id") REFERENCES "people"."persons"("id") ON DELETE cascade ON UPDATE no action;
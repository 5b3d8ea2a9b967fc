/** The schema that BullMQ's tables live in when it runs on PostgreSQL. */
export const QUEUE_SCHEMA = "rokuga_queue";

BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE arrivals (
	id BIGINT NOT NULL, 
	generation TEXT NOT NULL, 
	partition INTEGER NOT NULL, 
	day INTEGER NOT NULL, 
	closed TEXT, 
	merged_us BIGINT, 
	ignored BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_arrivals_generation_partition_day UNIQUE (generation, partition, day)
);
INSERT INTO "arrivals" VALUES(1,'g',0,20000,'[[0, 5]]',1728000000000000,0);
INSERT INTO "arrivals" VALUES(2,'g',0,20001,NULL,NULL,0);
CREATE TABLE count_rows (
	arrival BIGINT NOT NULL, 
	hour BIGINT NOT NULL, 
	label_set BIGINT NOT NULL, 
	origin INTEGER NOT NULL, 
	stamp BIGINT NOT NULL, 
	events BIGINT NOT NULL, 
	PRIMARY KEY (arrival, hour, label_set, origin), 
	FOREIGN KEY(arrival) REFERENCES arrivals (id), 
	FOREIGN KEY(label_set) REFERENCES label_sets (id)
)
 WITHOUT ROWID

;
INSERT INTO "count_rows" VALUES(2,480024,3,0,9,1);
CREATE TABLE count_totals (
	hour BIGINT NOT NULL, 
	label_set BIGINT NOT NULL, 
	origin INTEGER NOT NULL, 
	events BIGINT NOT NULL, 
	PRIMARY KEY (hour, label_set, origin), 
	FOREIGN KEY(label_set) REFERENCES label_sets (id)
)
 WITHOUT ROWID

;
INSERT INTO "count_totals" VALUES(480000,3,0,2);
INSERT INTO "count_totals" VALUES(480000,4,0,1);
CREATE TABLE first_seen (
	series BIGINT NOT NULL, 
	measure TEXT NOT NULL, 
	at_us BIGINT NOT NULL, 
	PRIMARY KEY (series, measure), 
	FOREIGN KEY(series) REFERENCES series (id)
)
 WITHOUT ROWID

;
INSERT INTO "first_seen" VALUES(1,'cost_nano_usd_input',1728000000000000);
INSERT INTO "first_seen" VALUES(1,'requests_success',1728000000000000);
INSERT INTO "first_seen" VALUES(1,'tokens_input',1728000000000000);
INSERT INTO "first_seen" VALUES(2,'cost_nano_usd_input',1728000000000000);
INSERT INTO "first_seen" VALUES(2,'requests_success',1728000000000000);
INSERT INTO "first_seen" VALUES(2,'tokens_input',1728000000000000);
INSERT INTO "first_seen" VALUES(3,'events',1728000000000000);
INSERT INTO "first_seen" VALUES(4,'events',1728000000000000);
CREATE TABLE label_sets (
	id BIGINT NOT NULL, 
	kind INTEGER NOT NULL, 
	labels TEXT NOT NULL, 
	department TEXT NOT NULL, 
	use_case TEXT NOT NULL, 
	feature TEXT NOT NULL, 
	provider TEXT NOT NULL, 
	model TEXT NOT NULL, 
	region TEXT NOT NULL, 
	service_tier TEXT NOT NULL, 
	environment TEXT NOT NULL, 
	source_key TEXT NOT NULL, 
	custom_1 TEXT NOT NULL, 
	custom_2 TEXT NOT NULL, 
	custom_3 TEXT NOT NULL, 
	custom_4 TEXT NOT NULL, 
	other_source_key TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_label_sets_kind_labels UNIQUE (kind, labels)
);
INSERT INTO "label_sets" VALUES(1,0,'["sales", "", "", "", "", "", "", "production", "", "", "", "", ""]','sales','','','','','','','production','','','','','','','');
INSERT INTO "label_sets" VALUES(2,0,'["care", "", "", "", "", "", "", "production", "", "", "", "", ""]','care','','','','','','','production','','','','','','','');
INSERT INTO "label_sets" VALUES(3,1,'["s", "too_old"]','','','','','','','','','s','','','','','','too_old');
INSERT INTO "label_sets" VALUES(4,2,'["s", "t", "tokens"]','','','','','','','','','s','','','','','t','tokens');
CREATE TABLE markers (
	log TEXT NOT NULL, 
	partition INTEGER NOT NULL, 
	created_us BIGINT NOT NULL, 
	upto BIGINT NOT NULL, 
	generation TEXT NOT NULL, 
	day INTEGER NOT NULL, 
	expected TEXT NOT NULL, 
	accepted_us BIGINT NOT NULL, 
	time_ms BIGINT NOT NULL, 
	PRIMARY KEY (log, partition)
);
INSERT INTO "markers" VALUES('g',0,1,9,'g',20001,'[[0, 9]]',9000000,9000);
CREATE TABLE minutes (
	minute BIGINT NOT NULL, 
	department TEXT NOT NULL, 
	requests BIGINT NOT NULL, 
	errors BIGINT NOT NULL, 
	tokens BIGINT NOT NULL, 
	cost_nano_usd BIGINT NOT NULL, 
	PRIMARY KEY (minute, department)
)
 WITHOUT ROWID

;
INSERT INTO "minutes" VALUES(28800000,'care',2,0,20,14);
INSERT INTO "minutes" VALUES(28800000,'sales',7,0,70,49);
CREATE TABLE positions (
	topic TEXT NOT NULL, 
	partition INTEGER NOT NULL, 
	topic_id TEXT NOT NULL, 
	next_offset BIGINT NOT NULL, 
	PRIMARY KEY (topic, partition)
);
INSERT INTO "positions" VALUES('state',0,'id',4);
INSERT INTO "positions" VALUES('closed',0,'id',1);
CREATE TABLE series (
	id BIGINT NOT NULL, 
	kind INTEGER NOT NULL, 
	labels TEXT NOT NULL, 
	PRIMARY KEY (id), 
	CONSTRAINT uq_series_kind_labels UNIQUE (kind, labels)
);
INSERT INTO "series" VALUES(1,0,'["production", "sales", "", "", ""]');
INSERT INTO "series" VALUES(2,0,'["production", "care", "", "", ""]');
INSERT INTO "series" VALUES(3,1,'["s", "too_old"]');
INSERT INTO "series" VALUES(4,2,'["s", "t", "tokens"]');
CREATE TABLE shards (
	arrival BIGINT NOT NULL, 
	shard INTEGER NOT NULL, 
	stamp BIGINT NOT NULL, 
	PRIMARY KEY (arrival, shard), 
	FOREIGN KEY(arrival) REFERENCES arrivals (id)
)
 WITHOUT ROWID

;
INSERT INTO "shards" VALUES(2,0,9);
CREATE TABLE standing (
	id BIGINT NOT NULL, 
	written_us BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "standing" VALUES(1,1728000000000000);
CREATE TABLE usage_rows (
	arrival BIGINT NOT NULL, 
	hour BIGINT NOT NULL, 
	label_set BIGINT NOT NULL, 
	origin INTEGER NOT NULL, 
	stamp BIGINT NOT NULL, 
	requests_success BIGINT NOT NULL, 
	requests_error BIGINT NOT NULL, 
	requests_timeout BIGINT NOT NULL, 
	requests_rate_limited BIGINT NOT NULL, 
	requests_cancelled BIGINT NOT NULL, 
	requests_content_filtered BIGINT NOT NULL, 
	attempts_success BIGINT NOT NULL, 
	attempts_error BIGINT NOT NULL, 
	attempts_timeout BIGINT NOT NULL, 
	attempts_rate_limited BIGINT NOT NULL, 
	attempts_cancelled BIGINT NOT NULL, 
	attempts_content_filtered BIGINT NOT NULL, 
	tokens_input BIGINT NOT NULL, 
	tokens_input_cache_read BIGINT NOT NULL, 
	tokens_input_cache_write BIGINT NOT NULL, 
	tokens_input_cache_write_1h BIGINT NOT NULL, 
	tokens_input_audio BIGINT NOT NULL, 
	tokens_input_audio_cache_read BIGINT NOT NULL, 
	tokens_input_image BIGINT NOT NULL, 
	tokens_input_image_cache_read BIGINT NOT NULL, 
	tokens_input_video BIGINT NOT NULL, 
	tokens_output BIGINT NOT NULL, 
	tokens_output_reasoning BIGINT NOT NULL, 
	tokens_output_audio BIGINT NOT NULL, 
	tokens_output_image BIGINT NOT NULL, 
	tokens_output_video BIGINT NOT NULL, 
	tokens_output_citation BIGINT NOT NULL, 
	cost_nano_usd_input BIGINT NOT NULL, 
	cost_nano_usd_input_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_cache_write BIGINT NOT NULL, 
	cost_nano_usd_input_cache_write_1h BIGINT NOT NULL, 
	cost_nano_usd_input_audio BIGINT NOT NULL, 
	cost_nano_usd_input_audio_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_image BIGINT NOT NULL, 
	cost_nano_usd_input_image_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_video BIGINT NOT NULL, 
	cost_nano_usd_output BIGINT NOT NULL, 
	cost_nano_usd_output_reasoning BIGINT NOT NULL, 
	cost_nano_usd_output_audio BIGINT NOT NULL, 
	cost_nano_usd_output_image BIGINT NOT NULL, 
	cost_nano_usd_output_video BIGINT NOT NULL, 
	cost_nano_usd_output_citation BIGINT NOT NULL, 
	cost_nano_usd_units BIGINT NOT NULL, 
	cost_nano_usd_unsplit BIGINT NOT NULL, 
	events_priced BIGINT NOT NULL, 
	events_partly_priced BIGINT NOT NULL, 
	events_reported BIGINT NOT NULL, 
	events_free BIGINT NOT NULL, 
	events_unpriced BIGINT NOT NULL, 
	cost_squares_hi BIGINT NOT NULL, 
	cost_squares_lo BIGINT NOT NULL, 
	reported_nano_usd BIGINT NOT NULL, 
	usage_missing BIGINT NOT NULL, 
	usage_completed BIGINT NOT NULL, 
	cache_hits BIGINT NOT NULL, 
	duplicates BIGINT NOT NULL, 
	redelivered BIGINT NOT NULL, 
	conflicts BIGINT NOT NULL, 
	labels_folded BIGINT NOT NULL, 
	duration_us_sum BIGINT NOT NULL, 
	ttft_us_sum BIGINT NOT NULL, 
	duration_le_100000 BIGINT NOT NULL, 
	duration_le_250000 BIGINT NOT NULL, 
	duration_le_500000 BIGINT NOT NULL, 
	duration_le_1000000 BIGINT NOT NULL, 
	duration_le_1500000 BIGINT NOT NULL, 
	duration_le_2000000 BIGINT NOT NULL, 
	duration_le_3000000 BIGINT NOT NULL, 
	duration_le_5000000 BIGINT NOT NULL, 
	duration_le_8000000 BIGINT NOT NULL, 
	duration_le_13000000 BIGINT NOT NULL, 
	duration_le_20000000 BIGINT NOT NULL, 
	duration_le_30000000 BIGINT NOT NULL, 
	duration_le_60000000 BIGINT NOT NULL, 
	duration_le_120000000 BIGINT NOT NULL, 
	duration_le_inf BIGINT NOT NULL, 
	ttft_le_50000 BIGINT NOT NULL, 
	ttft_le_100000 BIGINT NOT NULL, 
	ttft_le_200000 BIGINT NOT NULL, 
	ttft_le_300000 BIGINT NOT NULL, 
	ttft_le_500000 BIGINT NOT NULL, 
	ttft_le_750000 BIGINT NOT NULL, 
	ttft_le_1000000 BIGINT NOT NULL, 
	ttft_le_1500000 BIGINT NOT NULL, 
	ttft_le_2000000 BIGINT NOT NULL, 
	ttft_le_3000000 BIGINT NOT NULL, 
	ttft_le_5000000 BIGINT NOT NULL, 
	ttft_le_10000000 BIGINT NOT NULL, 
	ttft_le_30000000 BIGINT NOT NULL, 
	ttft_le_inf BIGINT NOT NULL, 
	PRIMARY KEY (arrival, hour, label_set, origin), 
	FOREIGN KEY(arrival) REFERENCES arrivals (id), 
	FOREIGN KEY(label_set) REFERENCES label_sets (id)
)
 WITHOUT ROWID

;
INSERT INTO "usage_rows" VALUES(2,480000,2,1,9,7,0,0,0,0,0,0,0,0,0,0,0,70,0,0,0,0,0,0,0,0,0,0,0,0,0,0,49,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "usage_rows" VALUES(2,480025,1,0,9,4,0,0,0,0,0,0,0,0,0,0,0,40,0,0,0,0,0,0,0,0,0,0,0,0,0,0,28,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);
CREATE TABLE usage_totals (
	hour BIGINT NOT NULL, 
	label_set BIGINT NOT NULL, 
	origin INTEGER NOT NULL, 
	requests_success BIGINT NOT NULL, 
	requests_error BIGINT NOT NULL, 
	requests_timeout BIGINT NOT NULL, 
	requests_rate_limited BIGINT NOT NULL, 
	requests_cancelled BIGINT NOT NULL, 
	requests_content_filtered BIGINT NOT NULL, 
	attempts_success BIGINT NOT NULL, 
	attempts_error BIGINT NOT NULL, 
	attempts_timeout BIGINT NOT NULL, 
	attempts_rate_limited BIGINT NOT NULL, 
	attempts_cancelled BIGINT NOT NULL, 
	attempts_content_filtered BIGINT NOT NULL, 
	tokens_input BIGINT NOT NULL, 
	tokens_input_cache_read BIGINT NOT NULL, 
	tokens_input_cache_write BIGINT NOT NULL, 
	tokens_input_cache_write_1h BIGINT NOT NULL, 
	tokens_input_audio BIGINT NOT NULL, 
	tokens_input_audio_cache_read BIGINT NOT NULL, 
	tokens_input_image BIGINT NOT NULL, 
	tokens_input_image_cache_read BIGINT NOT NULL, 
	tokens_input_video BIGINT NOT NULL, 
	tokens_output BIGINT NOT NULL, 
	tokens_output_reasoning BIGINT NOT NULL, 
	tokens_output_audio BIGINT NOT NULL, 
	tokens_output_image BIGINT NOT NULL, 
	tokens_output_video BIGINT NOT NULL, 
	tokens_output_citation BIGINT NOT NULL, 
	cost_nano_usd_input BIGINT NOT NULL, 
	cost_nano_usd_input_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_cache_write BIGINT NOT NULL, 
	cost_nano_usd_input_cache_write_1h BIGINT NOT NULL, 
	cost_nano_usd_input_audio BIGINT NOT NULL, 
	cost_nano_usd_input_audio_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_image BIGINT NOT NULL, 
	cost_nano_usd_input_image_cache_read BIGINT NOT NULL, 
	cost_nano_usd_input_video BIGINT NOT NULL, 
	cost_nano_usd_output BIGINT NOT NULL, 
	cost_nano_usd_output_reasoning BIGINT NOT NULL, 
	cost_nano_usd_output_audio BIGINT NOT NULL, 
	cost_nano_usd_output_image BIGINT NOT NULL, 
	cost_nano_usd_output_video BIGINT NOT NULL, 
	cost_nano_usd_output_citation BIGINT NOT NULL, 
	cost_nano_usd_units BIGINT NOT NULL, 
	cost_nano_usd_unsplit BIGINT NOT NULL, 
	events_priced BIGINT NOT NULL, 
	events_partly_priced BIGINT NOT NULL, 
	events_reported BIGINT NOT NULL, 
	events_free BIGINT NOT NULL, 
	events_unpriced BIGINT NOT NULL, 
	cost_squares_hi BIGINT NOT NULL, 
	cost_squares_lo BIGINT NOT NULL, 
	reported_nano_usd BIGINT NOT NULL, 
	usage_missing BIGINT NOT NULL, 
	usage_completed BIGINT NOT NULL, 
	cache_hits BIGINT NOT NULL, 
	duplicates BIGINT NOT NULL, 
	redelivered BIGINT NOT NULL, 
	conflicts BIGINT NOT NULL, 
	labels_folded BIGINT NOT NULL, 
	duration_us_sum BIGINT NOT NULL, 
	ttft_us_sum BIGINT NOT NULL, 
	duration_le_100000 BIGINT NOT NULL, 
	duration_le_250000 BIGINT NOT NULL, 
	duration_le_500000 BIGINT NOT NULL, 
	duration_le_1000000 BIGINT NOT NULL, 
	duration_le_1500000 BIGINT NOT NULL, 
	duration_le_2000000 BIGINT NOT NULL, 
	duration_le_3000000 BIGINT NOT NULL, 
	duration_le_5000000 BIGINT NOT NULL, 
	duration_le_8000000 BIGINT NOT NULL, 
	duration_le_13000000 BIGINT NOT NULL, 
	duration_le_20000000 BIGINT NOT NULL, 
	duration_le_30000000 BIGINT NOT NULL, 
	duration_le_60000000 BIGINT NOT NULL, 
	duration_le_120000000 BIGINT NOT NULL, 
	duration_le_inf BIGINT NOT NULL, 
	ttft_le_50000 BIGINT NOT NULL, 
	ttft_le_100000 BIGINT NOT NULL, 
	ttft_le_200000 BIGINT NOT NULL, 
	ttft_le_300000 BIGINT NOT NULL, 
	ttft_le_500000 BIGINT NOT NULL, 
	ttft_le_750000 BIGINT NOT NULL, 
	ttft_le_1000000 BIGINT NOT NULL, 
	ttft_le_1500000 BIGINT NOT NULL, 
	ttft_le_2000000 BIGINT NOT NULL, 
	ttft_le_3000000 BIGINT NOT NULL, 
	ttft_le_5000000 BIGINT NOT NULL, 
	ttft_le_10000000 BIGINT NOT NULL, 
	ttft_le_30000000 BIGINT NOT NULL, 
	ttft_le_inf BIGINT NOT NULL, 
	PRIMARY KEY (hour, label_set, origin), 
	FOREIGN KEY(label_set) REFERENCES label_sets (id)
)
 WITHOUT ROWID

;
INSERT INTO "usage_totals" VALUES(480000,1,0,3,0,0,0,0,0,0,0,0,0,0,0,30,0,0,0,0,0,0,0,0,0,0,0,0,0,0,21,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);
INSERT INTO "usage_totals" VALUES(480000,2,0,2,0,0,0,0,0,0,0,0,0,0,0,20,0,0,0,0,0,0,0,0,0,0,0,0,0,0,14,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);
COMMIT;

-- migration 0020, sha256 e4fb4fce67f96e4d0734acdbe6fd1104c75769d513282fc6d41e0fca34cba800
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0020');
CREATE TABLE applied_settings (
	id INTEGER NOT NULL, 
	applied_at DATETIME NOT NULL, 
	content JSON NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "applied_settings" VALUES(1,'2026-03-02 12:00:00.000000','{"time_zone":"America/New_York","sources":{"audits":{"profile":"dhs-oig","lists":["bb379eee92564e3d"],"checked":"every 6h","swept":"at every check","announces":false,"paused":false},"gao":{"profile":"gao-recommendations","lists":["3847336adb9ce8b0"],"checked":"every 6h","swept":"at every check","announces":false,"paused":false}},"channels":{"desk":{"recipients":["desk@example.org"],"purpose":"readers","template":null,"quiet":null,"at_most":null},"newsroom":{"recipients":["slack+http-3dad70b6"],"purpose":"readers","template":null,"quiet":null,"at_most":null},"hook":{"recipients":["json-67ed5144"],"purpose":"readers","template":null,"quiet":null,"at_most":null}},"topics":{"everything":{"send":{"immediately":["desk","newsroom","hook"],"weekly":["desk"]},"remind_every":null}},"digests":{"weekly":{"cron":"0 8 * * mon","send_to":[],"topics":"all","heartbeat":false}}}');
CREATE TABLE care (
	id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	said_at DATETIME NOT NULL, 
	said_by VARCHAR, 
	kind VARCHAR NOT NULL, 
	text VARCHAR, 
	ends_at DATETIME, 
	change_id INTEGER, 
	PRIMARY KEY (id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	FOREIGN KEY(change_id) REFERENCES change (id)
);
INSERT INTO "care" VALUES(1,1,'2026-03-02 14:00:00.000000','desk','assigned','Ana',NULL,NULL);
CREATE TABLE change (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	check_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	not_before DATETIME, 
	seen_at DATETIME NOT NULL, 
	before_sha256 VARCHAR, 
	after_sha256 VARCHAR NOT NULL, once VARCHAR, imported BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(check_id) REFERENCES "check" (id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "change" VALUES(1,1,21,3,'new_report','{}','{"report_number":"OIG-26-90","title":"Facial Recognition at Ports","abstract":null,"issue_date":"2026-03-02","fiscal_year":2026,"agency":null,"topics":null,"url":"http://site.example/files/OIG-26-90.pdf"}','2026-03-02 12:00:00.000000','2026-03-02 14:00:00.000000','3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5',NULL,0);
CREATE TABLE "check" (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME NOT NULL, 
	outcome VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	pages INTEGER NOT NULL, 
	rows INTEGER NOT NULL, 
	declared_total INTEGER, 
	complete BOOLEAN NOT NULL, 
	reasons JSON NOT NULL, imported BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "check" VALUES(1,1,'2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000','baseline',1,1,12,NULL,1,'[]',0);
INSERT INTO "check" VALUES(2,2,'2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000','baseline',1,1,8,8,1,'[]',0);
INSERT INTO "check" VALUES(3,1,'2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','changed',1,1,13,NULL,1,'[]',0);
CREATE TABLE correction (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	record_id INTEGER, 
	change_id INTEGER, 
	check_id INTEGER, 
	record_key VARCHAR NOT NULL, 
	found VARCHAR NOT NULL, 
	kind VARCHAR, 
	recorded JSON NOT NULL, 
	replayed JSON NOT NULL, 
	seen_at DATETIME, 
	reading VARCHAR NOT NULL, 
	made_at DATETIME NOT NULL, 
	replaced_at DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	FOREIGN KEY(change_id) REFERENCES change (id), 
	FOREIGN KEY(check_id) REFERENCES "check" (id)
);
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME NOT NULL, 
	outcome VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(outbox_id) REFERENCES outbox (id)
);
INSERT INTO "delivery" VALUES(1,1,1,'2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','accepted','');
INSERT INTO "delivery" VALUES(2,2,1,'2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','failed','the channel answered 503 Service Unavailable: ok');
INSERT INTO "delivery" VALUES(3,3,1,'2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','refused','the channel answered 410 Gone: ok');
CREATE TABLE digest_run (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	after_change_id INTEGER NOT NULL, 
	up_to_change_id INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	made_at DATETIME NOT NULL, 
	content JSON NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name, after_change_id, up_to_change_id, made_at)
);
INSERT INTO "digest_run" VALUES(1,'weekly',0,1,'2026-03-02 12:00:00.000000','2026-03-02 14:00:00.000000','{"schema":{"name":"oversight-watch/digest","version":1},"name":"weekly","topics":"all","since":"2026-03-02T12:00:00+00:00","until":"2026-03-02T14:00:00+00:00","missed":[],"time_zone":"America/New_York","after_change_id":0,"up_to_change_id":1,"first":true,"heartbeat":false,"file":null,"numbers":{"new_reports":1,"new_recommendations":0,"closed_implemented":0,"closed_otherwise":0,"reopened":0,"other_status":0,"left_list":0,"promises_passed":0,"priority":0,"comments":0,"titles":0,"details":0,"renumbered":0,"withdrawn":0,"reappeared":0,"documents_reissued":0,"document_texts":0,"documents_read":0,"documents_withdrawn":0,"documents_returned":0,"no_update":0},"history":[],"usual":null,"told_before":0,"before":null,"changes":[{"id":1,"kind":"new_report","source":"audits","record":"OIG-26-90","what":"New DHS OIG report OIG-26-90","about":"Facial Recognition at Ports","also":[],"told_before":null,"lead":"","url":"http://site.example/files/OIG-26-90.pdf","address":"","seen":"2026-03-02T14:00:00+00:00","differences":[],"topics":[{"topic":"everything","words":[]}],"badges":[{"words":"New report","tone":"blue"}]}],"more":0,"snoozed":0,"other":0,"promises":{"numbers":{"passed":0,"later":0,"earlier":0,"made":0,"taken_back":0,"soon":0},"soon_until":"2026-04-01","passed":{"listed":[],"rest":0},"moved":{"listed":[],"rest":0},"soon":{"listed":[],"rest":0}},"open":{"total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0],"agencies":[{"agency":"United States Customs and Border Protection","total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0]}],"agencies_rest":0,"listed":[{"source":"gao","label":"GAO-24-900001 rec 3","text":"The Commissioner of CBP should ensure that OPR develops guidance for investigators on identifying potential impairments to their investigative independence and when and how to take action regarding any such impairments. (Recommendation 3)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900001","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900001 rec 4","text":"The Commissioner of CBP should ensure that OPR trains investigators on how to apply the guidance on the independence standard, once developed, to their investigative work. (Recommendation 4)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900001","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900002 rec 1","text":"The CBP Commissioner should include written instructions in CBP''s trusted traveler program denial and revocation decision letters on how travelers can seek additional information regarding the specific reason(s) for the decision.…","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900002","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900003 rec 1","text":"The Commissioner of CBP should revise CBP''s disciplinary policies to ensure they collectively document the disciplinary adjudication process for all employees, including non-bargaining unit employees. (Recommendation 1)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900003","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900003 rec 2","text":"The Commissioner of CBP should require LER supervisors to consistently use its training materials for training new LER specialists. (Recommendation 2)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900003","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900004 rec 1","text":"The Commissioner of CBP should document, jointly with Interior, a strategy to mitigate cultural and natural resource impacts from border barrier construction that defines agency roles and responsibilities for undertaking specific…","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900004","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900004 rec 3","text":"The Commissioner of CBP, with input from Interior, DOD, Tribes, and stakeholders, should evaluate lessons learned from its prior assessments of potential impacts. (Recommendation 3)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900004","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900005 rec 5","text":"The Commissioner of CBP should assess whether training would benefit staff using facial recognition services to develop and share information in support of other agencies'' criminal investigations, incorporating information on the extent…","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900005","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null}],"rest":0},"sources":[{"key":"audits","state":"ok","troubled_checks":0,"rows":13,"declared":null,"complete":true,"read":true,"trouble":"","trouble_since":null,"last_checked":"2026-03-02T14:00:00+00:00","checks":2},{"key":"gao","state":"ok","troubled_checks":0,"rows":8,"declared":8,"complete":true,"read":true,"trouble":"","trouble_since":null,"last_checked":"2026-03-02T12:00:00+00:00","checks":1}],"figures":{"open":{"all topics":{"total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0]},"everything":{"total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0]}},"checks":{"check":3,"unchanged":{}}}}');
CREATE TABLE document (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	due_at DATETIME NOT NULL, 
	asked_at DATETIME, 
	seen_at DATETIME, 
	read_at DATETIME, 
	etag VARCHAR, 
	last_modified VARCHAR, 
	sha256 VARCHAR, 
	text_sha256 VARCHAR, 
	unread VARCHAR, 
	doubt VARCHAR, 
	trouble VARCHAR, 
	length BIGINT, tried BOOLEAN DEFAULT 1 NOT NULL, other_since DATETIME, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	FOREIGN KEY(sha256) REFERENCES snapshot_body (sha256), 
	FOREIGN KEY(text_sha256) REFERENCES snapshot_body (sha256), 
	UNIQUE (source_id, url)
);
CREATE TABLE host (
	name VARCHAR NOT NULL, 
	free_at DATETIME, 
	lease VARCHAR, 
	leased_until DATETIME, 
	away_until DATETIME, 
	day VARCHAR NOT NULL, 
	requests INTEGER NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE link (
	record_id INTEGER NOT NULL, 
	thing_id INTEGER NOT NULL, 
	number VARCHAR, 
	link VARCHAR, 
	issued VARCHAR, 
	fiscal_year INTEGER, 
	PRIMARY KEY (record_id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	FOREIGN KEY(thing_id) REFERENCES record (id)
);
INSERT INTO "link" VALUES(1,1,'OIG-24-01','127.0.0.1:44923/sites/default/files/assets/2023-10/OIG-24-01.pdf','2023-10-03',2024);
INSERT INTO "link" VALUES(2,2,'OIG-23-27','127.0.0.1:44923/sites/default/files/assets/2022-11/OIG-23-27.pdf','2022-11-24',2023);
INSERT INTO "link" VALUES(3,3,'OIG-21-47','127.0.0.1:44923/sites/default/files/assets/2021-01/OIG-21-47.pdf','2021-01-03',2021);
INSERT INTO "link" VALUES(4,4,'OIG-21-45','127.0.0.1:44923/sites/default/files/assets/2020-12/OIG-21-45.pdf','2020-12-30',2021);
INSERT INTO "link" VALUES(5,5,'OIG-21-27','127.0.0.1:44923/sites/default/files/assets/2020-11/OIG-21-27.pdf','2020-11-24',2021);
INSERT INTO "link" VALUES(6,6,'OIG-21-21','127.0.0.1:44923/sites/default/files/assets/2020-11/OIG-21-21.pdf','2020-11-12',2021);
INSERT INTO "link" VALUES(7,7,'OIG-20-75','127.0.0.1:44923/sites/default/files/assets/2020-02/OIG-20-75.pdf','2020-02-28',2020);
INSERT INTO "link" VALUES(8,8,'OIG-20-52','127.0.0.1:44923/sites/default/files/assets/2020-01/OIG-20-52.pdf','2020-01-13',2020);
INSERT INTO "link" VALUES(9,9,'OIG-19-11','127.0.0.1:44923/sites/default/files/assets/2018-10/OIG-19-11.pdf','2018-10-23',2019);
INSERT INTO "link" VALUES(10,10,'OIG-18-79','127.0.0.1:44923/sites/default/files/assets/2018-03/OIG-18-79.pdf','2018-03-08',2018);
INSERT INTO "link" VALUES(11,11,'OIG-14-131','127.0.0.1:44923/sites/default/files/assets/2014-06/OIG-14-131.pdf','2014-06-20',2014);
INSERT INTO "link" VALUES(12,12,'OIG-10-54','127.0.0.1:44923/sites/default/files/assets/2010-01/OIG-10-54.pdf','2010-01-17',2010);
INSERT INTO "link" VALUES(13,13,'GAO-24-900001 rec 4',NULL,NULL,NULL);
INSERT INTO "link" VALUES(14,14,'GAO-24-900001 rec 3',NULL,NULL,NULL);
INSERT INTO "link" VALUES(15,15,'GAO-24-900002 rec 1',NULL,NULL,NULL);
INSERT INTO "link" VALUES(16,16,'GAO-24-900003 rec 2',NULL,NULL,NULL);
INSERT INTO "link" VALUES(17,17,'GAO-24-900003 rec 1',NULL,NULL,NULL);
INSERT INTO "link" VALUES(18,18,'GAO-24-900004 rec 1',NULL,NULL,NULL);
INSERT INTO "link" VALUES(19,19,'GAO-24-900005 rec 5',NULL,NULL,NULL);
INSERT INTO "link" VALUES(20,20,'GAO-24-900004 rec 3',NULL,NULL,NULL);
INSERT INTO "link" VALUES(21,21,'OIG-26-90','127.0.0.1:44923/files/OIG-26-90.pdf','2026-03-02',2026);
CREATE TABLE opt_out (
	id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	since DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (channel, recipient)
);
INSERT INTO "opt_out" VALUES(1,'desk','ben@example.org','2026-03-02 14:00:00.000000');
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	identity VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	check_id INTEGER, 
	content JSON, 
	state VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	not_before DATETIME NOT NULL, 
	give_up_at DATETIME NOT NULL, 
	attempts INTEGER NOT NULL, 
	lease VARCHAR, 
	leased_until DATETIME, 
	sent_at DATETIME, 
	error VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(check_id) REFERENCES "check" (id), 
	UNIQUE (identity)
);
INSERT INTO "outbox" VALUES(1,'4f51b3f04201ced99a46268ced4ae697','changes','desk','desk@example.org',3,'null','sent','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','2026-03-05 14:00:00.000000',1,NULL,NULL,'2026-03-02 14:00:00.000000',NULL);
INSERT INTO "outbox" VALUES(2,'d481d9c82ad94a4c8ec4f3bfeec4be32','changes','newsroom','slack+http-3dad70b6',3,'null','pending','2026-03-02 14:00:00.000000','2026-03-02 14:00:17.989269','2026-03-05 14:00:00.000000',1,NULL,NULL,NULL,'the channel answered 503 Service Unavailable: ok');
INSERT INTO "outbox" VALUES(3,'633033d88c9b1871c9460761da73dd88','changes','hook','json-67ed5144',3,'null','dead','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','2026-03-05 14:00:00.000000',1,NULL,NULL,NULL,'the channel answered 410 Gone: ok');
INSERT INTO "outbox" VALUES(4,'5c2c6340208f0d50f9ed7f9081296a72','digest','desk','desk@example.org',NULL,'{"schema":{"name":"oversight-watch/digest","version":1},"name":"weekly","topics":["everything"],"since":"2026-03-02T12:00:00+00:00","until":"2026-03-02T14:00:00+00:00","missed":[],"time_zone":"America/New_York","after_change_id":0,"up_to_change_id":1,"first":true,"heartbeat":false,"file":null,"numbers":{"new_reports":1,"new_recommendations":0,"closed_implemented":0,"closed_otherwise":0,"reopened":0,"other_status":0,"left_list":0,"promises_passed":0,"priority":0,"comments":0,"titles":0,"details":0,"renumbered":0,"withdrawn":0,"reappeared":0,"documents_reissued":0,"document_texts":0,"documents_read":0,"documents_withdrawn":0,"documents_returned":0,"no_update":0},"history":[],"usual":null,"told_before":0,"before":null,"changes":[{"id":1,"kind":"new_report","source":"audits","record":"OIG-26-90","what":"New DHS OIG report OIG-26-90","about":"Facial Recognition at Ports","also":[],"told_before":null,"lead":"","url":"http://site.example/files/OIG-26-90.pdf","address":"","seen":"2026-03-02T14:00:00+00:00","differences":[],"topics":[{"topic":"everything","words":[]}],"badges":[{"words":"New report","tone":"blue"}]}],"more":0,"snoozed":0,"other":0,"promises":{"numbers":{"passed":0,"later":0,"earlier":0,"made":0,"taken_back":0,"soon":0},"soon_until":"2026-04-01","passed":{"listed":[],"rest":0},"moved":{"listed":[],"rest":0},"soon":{"listed":[],"rest":0}},"open":{"total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0],"agencies":[{"agency":"United States Customs and Border Protection","total":8,"ages":[0,0,0,0],"ages_here":[8,0,0,0]}],"agencies_rest":0,"listed":[{"source":"gao","label":"GAO-24-900001 rec 3","text":"The Commissioner of CBP should ensure that OPR develops guidance for investigators on identifying potential impairments to their investigative independence and when and how to take action regarding any such impairments. (Recommendation 3)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900001","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900001 rec 4","text":"The Commissioner of CBP should ensure that OPR trains investigators on how to apply the guidance on the independence standard, once developed, to their investigative work. (Recommendation 4)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900001","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900002 rec 1","text":"The CBP Commissioner should include written instructions in CBP''s trusted traveler program denial and revocation decision letters on how travelers can seek additional information regarding the specific reason(s) for the decision.…","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900002","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900003 rec 1","text":"The Commissioner of CBP should revise CBP''s disciplinary policies to ensure they collectively document the disciplinary adjudication process for all employees, including non-bargaining unit employees. (Recommendation 1)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900003","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null},{"source":"gao","label":"GAO-24-900003 rec 2","text":"The Commissioner of CBP should require LER supervisors to consistently use its training materials for training new LER specialists. (Recommendation 2)","agency":"United States Customs and Border Protection","url":"http://site.example/products/gao-24-900003","priority":false,"since":"2026-03-02T12:00:00+00:00","dated":false,"years":0.0,"care":null}],"rest":3},"sources":[{"key":"audits","state":"ok","troubled_checks":0,"rows":13,"declared":null,"complete":true,"read":true,"trouble":"","trouble_since":null,"last_checked":"2026-03-02T14:00:00+00:00","checks":2},{"key":"gao","state":"ok","troubled_checks":0,"rows":8,"declared":8,"complete":true,"read":true,"trouble":"","trouble_since":null,"last_checked":"2026-03-02T12:00:00+00:00","checks":1}]}','pending','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','2026-03-05 14:00:00.000000',0,NULL,NULL,NULL,NULL);
CREATE TABLE outbox_entry (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	change_id INTEGER NOT NULL, 
	topic VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	words JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(change_id) REFERENCES change (id), 
	FOREIGN KEY(outbox_id) REFERENCES outbox (id), 
	UNIQUE (change_id, topic, channel, recipient)
);
INSERT INTO "outbox_entry" VALUES(1,1,1,'everything','desk','desk@example.org','[]');
INSERT INTO "outbox_entry" VALUES(2,2,1,'everything','newsroom','slack+http-3dad70b6','[]');
INSERT INTO "outbox_entry" VALUES(3,3,1,'everything','hook','json-67ed5144','[]');
CREATE TABLE record (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	status VARCHAR, 
	fields JSON NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	listed BOOLEAN NOT NULL, 
	snapshot_sha256 VARCHAR NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	unlisted_at DATETIME, last_seen_at DATETIME, agency VARCHAR DEFAULT '' NOT NULL, dated VARCHAR DEFAULT '' NOT NULL, due VARCHAR, priority BOOLEAN DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(source_id) REFERENCES source (id), 
	UNIQUE (source_id, "key")
);
INSERT INTO "record" VALUES(1,1,'OIG-24-01','report',NULL,'{"report_number":"OIG-24-01","title":"CBP Did Not Fully Implement the Requirements of the Synthetic Opioid Exposure Prevention and Training Act","abstract":null,"issue_date":"2023-10-03","fiscal_year":2024,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2023-10/OIG-24-01.pdf"}','d2fd8225ee6b0c397f22130c25145ba2',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2023-10-03',NULL,0);
INSERT INTO "record" VALUES(2,1,'OIG-23-27','report',NULL,'{"report_number":"OIG-23-27","title":"CBP Facilities in Vermont and New York Generally Met TEDS Standards, but Details to the Southwest Border Affected Morale, Recruitment, and Operations","abstract":null,"issue_date":"2022-11-24","fiscal_year":2023,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2022-11/OIG-23-27.pdf"}','1cf99873a6cf0eb53c6fb6c0a810723b',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2022-11-24',NULL,0);
INSERT INTO "record" VALUES(3,1,'OIG-21-47','report',NULL,'{"report_number":"OIG-21-47","title":"CBP Has Placed Travelers'' PII at Risk of Exploitation","abstract":"CBP did not always protect MPC apps from cybersecurity threats.  This occurred because app version updates were not always scanned for vulnerabilities and CBP did not always identify vulnerabilities detected in scans.  CBP also did not complete seven required security and privacy compliance reviews of MPC apps because it did not establish a schedule for the reviews or track and centrally store review documentation.  In addition, CBP did not obtain the information needed for the reviews, had competing priorities, and did not ensure app developers created a process for a required internal audit.  Finally, CBP did not implement Department server configuration requirements for its MPC servers.  We made eight recommendations that, when implemented, should improve the security of CBP’s MPC program.  CBP concurred with all eight recommendations.","issue_date":"2021-01-03","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2021-01/OIG-21-47.pdf"}','da815a7e1e88f8c69f942e09e7c12085',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2021-01-03',NULL,0);
INSERT INTO "record" VALUES(4,1,'OIG-21-45','report',NULL,'{"report_number":"OIG-21-45","title":"CBP Generally Provided Accurate Notices to Appear to Migrant Protection Protocols Enrollees, but Could Improve Procedures to Reduce Future Errors","abstract":"DHS issued notices to appear (NTA), to MPP participants that were mostly accurate and in accordance with laws and regulations.  However, some NTAs were completed inaccurately.  Specifically, of our sample of 106 NTAs from February 2019 through April 2020, U.S. Customs and Border Protection (CBP) served 20 that did not meet legal sufficiency standards or contained inaccurate information.  However, CBP agents and officers documented proactively issuing 105 of 106 NTAs in our sample in person before returning migrants to Mexico.  If CBP serves a legally insufficient NTA, U.S. Immigration and Customs Enforcement cannot prosecute its removal case if a migrant fails to appear for the initial hearing.  Serving NTAs by mail to migrants in Mexico could result in migrants missing their hearings or the Government’s cases being dismissed or challenged.  We recommended that CBP’s Executive Director of the Office of Field Operations’ Admissibility and Passenger Programs and the Deputy Chief of Border Patrol’s Law Enforcement Operations Directorate develop procedures for quality control and supervisory review of NTAs for MPP enrollees to better ensure that officers and agents fill out the NTAs accurately and completely.  We made one recommendation to improve the accuracy and completeness of NTAs issued to MPP participants.  CBP non-concurred with the recommendation due to it being overcome by events when the program was terminated by the Secretary of Homeland Security on June 1, 2021.  We administratively closed the recommendation.","issue_date":"2020-12-30","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-12/OIG-21-45.pdf"}','38dba26864c2398a2b6c6c40067d8a3f',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2020-12-30',NULL,0);
INSERT INTO "record" VALUES(5,1,'OIG-21-27','report',NULL,'{"report_number":"OIG-21-27","title":"CBP Faced Challenges in its Inspection Processes and Physical Security at the JFK International Mail Facility (Redacted)","abstract":"We determined that U.S Customs and Border Protection’s (CBP) mail inspection processes and physical security at the John F. Kennedy (JFK) International Airport International Mail Facility (IMF) are ineffective, showing limited progress since our prior audit.  CBP inspected approximately [REDACTED] percent of the 1.3 million pieces of mail it received during our June 2019 site visit.  CBP also did not timely inspect and process mail from high-risk countries, creating unmanageable backlogs. These deficiencies were largely because of inadequate resources and guidance.  Consequently, more than [REDACTED] pieces of mail were sent out for delivery without physical inspection.  We made eight recommendations aimed at improving international mail processes at JFK International Airport.  CBP concurred with six, but non-concurred with two of the recommendations.","issue_date":"2020-11-24","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-11/OIG-21-27.pdf"}','c12e684643a141bd75308088d9fa0544',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2020-11-24',NULL,0);
INSERT INTO "record" VALUES(6,1,'OIG-21-21','report',NULL,'{"report_number":"OIG-21-21","title":"CBP Has Improved Southwest Border Technology, but Significant Challenges Remain","abstract":"We determined that, in response to Executive Order 13767, U.S. Customs and Border Protection (CBP) implemented new tools and technologies that have enhanced Border Patrol’s surveillance capabilities and efficiency along the southwest border.  We made three recommendations to improve CBP’s border technology, enhance situational awareness of the southwest border, and address potential IT security vulnerabilities.  CBP concurred with all three recommendations.","issue_date":"2020-11-12","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-11/OIG-21-21.pdf"}','f99a60d61c92867039c60f38f98119e7',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2020-11-12',NULL,0);
INSERT INTO "record" VALUES(7,1,'OIG-20-75','report',NULL,'{"report_number":"OIG-20-75","title":"CBP Does Not Have a Comprehensive Strategy for Meeting Its LS-NII Needs","abstract":null,"issue_date":"2020-02-28","fiscal_year":2020,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-02/OIG-20-75.pdf"}','83588bfdcc677d497ba26e22f771a377',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2020-02-28',NULL,0);
INSERT INTO "record" VALUES(8,1,'OIG-20-52','report',NULL,'{"report_number":"OIG-20-52","title":"CBP Has Not Demonstrated Acquisition Capabilities Needed to Secure the Southern Border","abstract":"U.S. Customs and Border Protection has not demonstrated the acquisition capabilities needed to effectively execute the Analyze/Select Phase of the Wall Acquisition Program.  Specifically, CBP did not conduct an Analysis of Alternatives to assess and select the most effective, appropriate, and affordable solutions to obtain operational control of the southern border as directed, but instead relied on prior, outdated border solutions to identify materiel alternatives for meeting its mission requirement.  CBP did not use a sound, well-documented methodology to identify and prioritize investments in areas along the border that would best benefit from physical barriers.  Additionally, the Department did not complete the required plan to execute the strategy to obtain and maintain control of the southern border, as required by its Comprehensive Southern Border Security Study and Strategy.  Without an Analysis of Alternatives, a documented and reliable prioritization process, or a plan, the likelihood that CBP will be able to obtain and maintain complete operational control of the southern border with mission-effective, appropriate, and affordable solutions is diminished.  We made three recommendations to improve CBP’s ongoing investments for obtaining operational control of the southern border.  DHS concurred with recommendation 2 but did not concur with recommendations 1 and 3.","issue_date":"2020-01-13","fiscal_year":2020,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-01/OIG-20-52.pdf"}','9a59f5b31663fbd3c1894c50631e4471',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2020-01-13',NULL,0);
INSERT INTO "record" VALUES(9,1,'OIG-19-11','report',NULL,'{"report_number":"OIG-19-11","title":"CBP Did Not Maximize its Revenue Collection Efforts for Delinquent Debt Owed from Importers","abstract":"CBP has a statutory responsibility to collect revenue owed to the U.S. Government that arises from the importation of goods into the United States. Although in fiscal year 2017 CBP collected $40 billion in duties, taxes, and fees, more than $4.3 billion in its allowance for doubtful account for cumulative duties, taxes, and fees remained delinquent and uncollectible — some dating back almost 40 years This outstanding cumulative debt will continue to increase without completing the viability analysis worksheets to enable the timely pursuit or termination of delinquent debt, and the ability to monitor and properly track debt collection and write-offs.","issue_date":"2018-10-23","fiscal_year":2019,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2018-10/OIG-19-11.pdf"}','310aacd11ec24f9b827341a06ccf35c4',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2018-10-23',NULL,0);
INSERT INTO "record" VALUES(10,1,'OIG-18-79','report',NULL,'{"report_number":"OIG-18-79","title":"CBP Has Not Ensured Safeguards for Data Collected Using Unmanned Aircraft Systems","abstract":"In December 2014, OIG previously reported on the effectiveness and cost of the UAS program.2 Our report disclosed CBP had not developed performance measures needed to accurately assess program effectiveness and make informed decisions. CBP also did not recognize all UAS operating costs and, as such, the Congress and public may be unaware of the amount of resources invested in the program. This audit determined that CBP has not ensured effective safeguards for surveillance information, such as images and video, collected on and transmitted from its UAS. Without a privacy assessment, CBP could not determine whether ISR Systems contained data requiring safeguards per privacy laws, regulations, and DHS policy. CBP’s failure to implement adequate security controls according to Federal and DHS policy could result in potential loss of confidentiality, integrity, and availability of ISR Systems and its operations.","issue_date":"2018-03-08","fiscal_year":2018,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2018-03/OIG-18-79.pdf"}','67d36e38884b2739298d225e93e4d786',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2018-03-08',NULL,0);
INSERT INTO "record" VALUES(11,1,'OIG-14-131','report',NULL,'{"report_number":"OIG-14-131","title":"CBP Did Not Effectively Plan and Manage Employee Housing in Ajo, Arizona (Revised)","abstract":"U.S. Customs and Border Protection (CBP) secures our Nation’s borders and facilitates lawful international trade and travel while enforcing Federal laws and regulations. To accomplish its mission, CBP often stations officers and agents in remote areas of the country without adequate housing options. In 2008, CBP identified a need for employee housing along the southwest border, particularly in Arizona and Texas, given the remoteness and limited housing market. CBP began planning the construction of employee housing in Ajo, Arizona, in 2008 and completed construction in late 2012. We conducted this audit to determine whether CBP followed good business practices in planning and managing employee housing in Ajo, Arizona.","issue_date":"2014-06-20","fiscal_year":2014,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2014-06/OIG-14-131.pdf"}','39465ddf4a307c4268116a68a2519186',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2014-06-20',NULL,0);
INSERT INTO "record" VALUES(12,1,'OIG-10-54','report',NULL,'{"report_number":"OIG-10-54","title":"CBP Faces Challenges in Achieving Its Goals for Small Business Participation in Secure Border Initiative Network","abstract":null,"issue_date":"2010-01-17","fiscal_year":2010,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2010-01/OIG-10-54.pdf"}','d04d086425bc1898369b39d720d99921',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'','2010-01-17',NULL,0);
INSERT INTO "record" VALUES(13,2,'GAO-24-900001 rec 4','recommendation','open','{"report_number":"GAO-24-900001","report_title":"Southwest Border: CBP Could Take Additional Steps to Strengthen Its Response to Incidents Involving Its Personnel","recommendation_number":4,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should ensure that OPR trains investigators on how to apply the guidance on the independence standard, once developed, to their investigative work. (Recommendation 4)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900001"}','dcfa57026d2628801ae78fb31395f12b',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(14,2,'GAO-24-900001 rec 3','recommendation','open','{"report_number":"GAO-24-900001","report_title":"Southwest Border: CBP Could Take Additional Steps to Strengthen Its Response to Incidents Involving Its Personnel","recommendation_number":3,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should ensure that OPR develops guidance for investigators on identifying potential impairments to their investigative independence and when and how to take action regarding any such impairments. (Recommendation 3)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900001"}','1c20b18c06b68e0c4e9fbe7acbc721ad',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(15,2,'GAO-24-900002 rec 1','recommendation','open','{"report_number":"GAO-24-900002","report_title":"Trusted Traveler Programs: DHS Has Enrollment Processes, but CBP Should Provide Additional Information on Reconsiderations","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The CBP Commissioner should include written instructions in CBP''s trusted traveler program denial and revocation decision letters on how travelers can seek additional information regarding the specific reason(s) for the decision. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900002"}','ab6bf293124bd18db4dfcd55ce125158',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(16,2,'GAO-24-900003 rec 2','recommendation','open','{"report_number":"GAO-24-900003","report_title":"DHS Employee Misconduct: Actions Needed to Better Assess Differences in Supervisor and Non-Supervisor Discipline","recommendation_number":2,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should require LER supervisors to consistently use its training materials for training new LER specialists. (Recommendation 2)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900003"}','677ba320124b8312b42e08442f76cb70',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(17,2,'GAO-24-900003 rec 1','recommendation','open','{"report_number":"GAO-24-900003","report_title":"DHS Employee Misconduct: Actions Needed to Better Assess Differences in Supervisor and Non-Supervisor Discipline","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should revise CBP''s disciplinary policies to ensure they collectively document the disciplinary adjudication process for all employees, including non-bargaining unit employees. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900003"}','234d353cde0cd0a1f09ae0eee00f3417',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(18,2,'GAO-24-900004 rec 1','recommendation','open','{"report_number":"GAO-24-900004","report_title":"Southwest Border: Additional Actions Needed to Address Cultural and Natural Resource Impacts from Barrier Construction","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should document, jointly with Interior, a strategy to mitigate cultural and natural resource impacts from border barrier construction that defines agency roles and responsibilities for undertaking specific mitigation actions; identifies the costs, associated funding sources, and time frames necessary to implement them; and specifies when agencies are to consult with Tribes. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"CBP agreed with this recommendation. We will update the status of the recommendation when we received additional information from the agency.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900004"}','6309643223f7e57ae3754043a69e96db',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(19,2,'GAO-24-900005 rec 5','recommendation','open','{"report_number":"GAO-24-900005","report_title":"Facial Recognition Services: Federal Law Enforcement Agencies Should Take Actions to Implement Training, and Policies for Civil Liberties","recommendation_number":5,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should assess whether training would benefit staff using facial recognition services to develop and share information in support of other agencies'' criminal investigations, incorporating information on the extent to which staff use such services. (Recommendation 5)","status":"open","status_text":"Open","status_comment":"As of March 2024, this recommendation remains open. CBP officials said they discontinued use of facial recognition systems for CBP''s Office of Field Operations at the end of fiscal year 2023. CBP officials also said they are creating a new training course that applies to the use of facial recognition regardless of the tool--government or commercially obtained. CBP anticipates completing these actions by May 2024. Once complete, we will review CBP''s actions to determine the extent that they address the recommendation.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900005"}','f397618f17500ba0c8b6a1b399b55712',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02','2024-05-31',0);
INSERT INTO "record" VALUES(20,2,'GAO-24-900004 rec 3','recommendation','open','{"report_number":"GAO-24-900004","report_title":"Southwest Border: Additional Actions Needed to Address Cultural and Natural Resource Impacts from Barrier Construction","recommendation_number":3,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP, with input from Interior, DOD, Tribes, and stakeholders, should evaluate lessons learned from its prior assessments of potential impacts. (Recommendation 3)","status":"open","status_text":"Open","status_comment":"CBP agreed with this recommendation. We will update the status of the recommendation when we received additional information from the agency.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900004"}','ce072daa63fb8123efec02f65f983e53',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','2026-03-02 12:00:00.000000','2026-03-02 12:00:00.000000',NULL,NULL,'United States Customs and Border Protection','2026-03-02',NULL,0);
INSERT INTO "record" VALUES(21,1,'OIG-26-90','report',NULL,'{"report_number":"OIG-26-90","title":"Facial Recognition at Ports","abstract":null,"issue_date":"2026-03-02","fiscal_year":2026,"agency":null,"topics":null,"url":"http://site.example/files/OIG-26-90.pdf"}','c9becf6d97a8c96bd2b4c9a327131f76',1,'86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000',NULL,NULL,'','2026-03-02',NULL,0);
CREATE TABLE record_version (
	id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	check_id INTEGER NOT NULL, 
	seen_at DATETIME NOT NULL, 
	listed BOOLEAN NOT NULL, 
	snapshot_sha256 VARCHAR NOT NULL, 
	fields JSON NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(check_id) REFERENCES "check" (id), 
	FOREIGN KEY(record_id) REFERENCES record (id)
);
INSERT INTO "record_version" VALUES(1,1,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-24-01","title":"CBP Did Not Fully Implement the Requirements of the Synthetic Opioid Exposure Prevention and Training Act","abstract":null,"issue_date":"2023-10-03","fiscal_year":2024,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2023-10/OIG-24-01.pdf"}');
INSERT INTO "record_version" VALUES(2,2,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-23-27","title":"CBP Facilities in Vermont and New York Generally Met TEDS Standards, but Details to the Southwest Border Affected Morale, Recruitment, and Operations","abstract":null,"issue_date":"2022-11-24","fiscal_year":2023,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2022-11/OIG-23-27.pdf"}');
INSERT INTO "record_version" VALUES(3,3,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-21-47","title":"CBP Has Placed Travelers'' PII at Risk of Exploitation","abstract":"CBP did not always protect MPC apps from cybersecurity threats.  This occurred because app version updates were not always scanned for vulnerabilities and CBP did not always identify vulnerabilities detected in scans.  CBP also did not complete seven required security and privacy compliance reviews of MPC apps because it did not establish a schedule for the reviews or track and centrally store review documentation.  In addition, CBP did not obtain the information needed for the reviews, had competing priorities, and did not ensure app developers created a process for a required internal audit.  Finally, CBP did not implement Department server configuration requirements for its MPC servers.  We made eight recommendations that, when implemented, should improve the security of CBP’s MPC program.  CBP concurred with all eight recommendations.","issue_date":"2021-01-03","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2021-01/OIG-21-47.pdf"}');
INSERT INTO "record_version" VALUES(4,4,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-21-45","title":"CBP Generally Provided Accurate Notices to Appear to Migrant Protection Protocols Enrollees, but Could Improve Procedures to Reduce Future Errors","abstract":"DHS issued notices to appear (NTA), to MPP participants that were mostly accurate and in accordance with laws and regulations.  However, some NTAs were completed inaccurately.  Specifically, of our sample of 106 NTAs from February 2019 through April 2020, U.S. Customs and Border Protection (CBP) served 20 that did not meet legal sufficiency standards or contained inaccurate information.  However, CBP agents and officers documented proactively issuing 105 of 106 NTAs in our sample in person before returning migrants to Mexico.  If CBP serves a legally insufficient NTA, U.S. Immigration and Customs Enforcement cannot prosecute its removal case if a migrant fails to appear for the initial hearing.  Serving NTAs by mail to migrants in Mexico could result in migrants missing their hearings or the Government’s cases being dismissed or challenged.  We recommended that CBP’s Executive Director of the Office of Field Operations’ Admissibility and Passenger Programs and the Deputy Chief of Border Patrol’s Law Enforcement Operations Directorate develop procedures for quality control and supervisory review of NTAs for MPP enrollees to better ensure that officers and agents fill out the NTAs accurately and completely.  We made one recommendation to improve the accuracy and completeness of NTAs issued to MPP participants.  CBP non-concurred with the recommendation due to it being overcome by events when the program was terminated by the Secretary of Homeland Security on June 1, 2021.  We administratively closed the recommendation.","issue_date":"2020-12-30","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-12/OIG-21-45.pdf"}');
INSERT INTO "record_version" VALUES(5,5,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-21-27","title":"CBP Faced Challenges in its Inspection Processes and Physical Security at the JFK International Mail Facility (Redacted)","abstract":"We determined that U.S Customs and Border Protection’s (CBP) mail inspection processes and physical security at the John F. Kennedy (JFK) International Airport International Mail Facility (IMF) are ineffective, showing limited progress since our prior audit.  CBP inspected approximately [REDACTED] percent of the 1.3 million pieces of mail it received during our June 2019 site visit.  CBP also did not timely inspect and process mail from high-risk countries, creating unmanageable backlogs. These deficiencies were largely because of inadequate resources and guidance.  Consequently, more than [REDACTED] pieces of mail were sent out for delivery without physical inspection.  We made eight recommendations aimed at improving international mail processes at JFK International Airport.  CBP concurred with six, but non-concurred with two of the recommendations.","issue_date":"2020-11-24","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-11/OIG-21-27.pdf"}');
INSERT INTO "record_version" VALUES(6,6,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-21-21","title":"CBP Has Improved Southwest Border Technology, but Significant Challenges Remain","abstract":"We determined that, in response to Executive Order 13767, U.S. Customs and Border Protection (CBP) implemented new tools and technologies that have enhanced Border Patrol’s surveillance capabilities and efficiency along the southwest border.  We made three recommendations to improve CBP’s border technology, enhance situational awareness of the southwest border, and address potential IT security vulnerabilities.  CBP concurred with all three recommendations.","issue_date":"2020-11-12","fiscal_year":2021,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-11/OIG-21-21.pdf"}');
INSERT INTO "record_version" VALUES(7,7,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-20-75","title":"CBP Does Not Have a Comprehensive Strategy for Meeting Its LS-NII Needs","abstract":null,"issue_date":"2020-02-28","fiscal_year":2020,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-02/OIG-20-75.pdf"}');
INSERT INTO "record_version" VALUES(8,8,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-20-52","title":"CBP Has Not Demonstrated Acquisition Capabilities Needed to Secure the Southern Border","abstract":"U.S. Customs and Border Protection has not demonstrated the acquisition capabilities needed to effectively execute the Analyze/Select Phase of the Wall Acquisition Program.  Specifically, CBP did not conduct an Analysis of Alternatives to assess and select the most effective, appropriate, and affordable solutions to obtain operational control of the southern border as directed, but instead relied on prior, outdated border solutions to identify materiel alternatives for meeting its mission requirement.  CBP did not use a sound, well-documented methodology to identify and prioritize investments in areas along the border that would best benefit from physical barriers.  Additionally, the Department did not complete the required plan to execute the strategy to obtain and maintain control of the southern border, as required by its Comprehensive Southern Border Security Study and Strategy.  Without an Analysis of Alternatives, a documented and reliable prioritization process, or a plan, the likelihood that CBP will be able to obtain and maintain complete operational control of the southern border with mission-effective, appropriate, and affordable solutions is diminished.  We made three recommendations to improve CBP’s ongoing investments for obtaining operational control of the southern border.  DHS concurred with recommendation 2 but did not concur with recommendations 1 and 3.","issue_date":"2020-01-13","fiscal_year":2020,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2020-01/OIG-20-52.pdf"}');
INSERT INTO "record_version" VALUES(9,9,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-19-11","title":"CBP Did Not Maximize its Revenue Collection Efforts for Delinquent Debt Owed from Importers","abstract":"CBP has a statutory responsibility to collect revenue owed to the U.S. Government that arises from the importation of goods into the United States. Although in fiscal year 2017 CBP collected $40 billion in duties, taxes, and fees, more than $4.3 billion in its allowance for doubtful account for cumulative duties, taxes, and fees remained delinquent and uncollectible — some dating back almost 40 years This outstanding cumulative debt will continue to increase without completing the viability analysis worksheets to enable the timely pursuit or termination of delinquent debt, and the ability to monitor and properly track debt collection and write-offs.","issue_date":"2018-10-23","fiscal_year":2019,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2018-10/OIG-19-11.pdf"}');
INSERT INTO "record_version" VALUES(10,10,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-18-79","title":"CBP Has Not Ensured Safeguards for Data Collected Using Unmanned Aircraft Systems","abstract":"In December 2014, OIG previously reported on the effectiveness and cost of the UAS program.2 Our report disclosed CBP had not developed performance measures needed to accurately assess program effectiveness and make informed decisions. CBP also did not recognize all UAS operating costs and, as such, the Congress and public may be unaware of the amount of resources invested in the program. This audit determined that CBP has not ensured effective safeguards for surveillance information, such as images and video, collected on and transmitted from its UAS. Without a privacy assessment, CBP could not determine whether ISR Systems contained data requiring safeguards per privacy laws, regulations, and DHS policy. CBP’s failure to implement adequate security controls according to Federal and DHS policy could result in potential loss of confidentiality, integrity, and availability of ISR Systems and its operations.","issue_date":"2018-03-08","fiscal_year":2018,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2018-03/OIG-18-79.pdf"}');
INSERT INTO "record_version" VALUES(11,11,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-14-131","title":"CBP Did Not Effectively Plan and Manage Employee Housing in Ajo, Arizona (Revised)","abstract":"U.S. Customs and Border Protection (CBP) secures our Nation’s borders and facilitates lawful international trade and travel while enforcing Federal laws and regulations. To accomplish its mission, CBP often stations officers and agents in remote areas of the country without adequate housing options. In 2008, CBP identified a need for employee housing along the southwest border, particularly in Arizona and Texas, given the remoteness and limited housing market. CBP began planning the construction of employee housing in Ajo, Arizona, in 2008 and completed construction in late 2012. We conducted this audit to determine whether CBP followed good business practices in planning and managing employee housing in Ajo, Arizona.","issue_date":"2014-06-20","fiscal_year":2014,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2014-06/OIG-14-131.pdf"}');
INSERT INTO "record_version" VALUES(12,12,1,'2026-03-02 12:00:00.000000',1,'3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','{"report_number":"OIG-10-54","title":"CBP Faces Challenges in Achieving Its Goals for Small Business Participation in Secure Border Initiative Network","abstract":null,"issue_date":"2010-01-17","fiscal_year":2010,"agency":null,"topics":null,"url":"http://site.example/sites/default/files/assets/2010-01/OIG-10-54.pdf"}');
INSERT INTO "record_version" VALUES(13,13,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900001","report_title":"Southwest Border: CBP Could Take Additional Steps to Strengthen Its Response to Incidents Involving Its Personnel","recommendation_number":4,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should ensure that OPR trains investigators on how to apply the guidance on the independence standard, once developed, to their investigative work. (Recommendation 4)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900001"}');
INSERT INTO "record_version" VALUES(14,14,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900001","report_title":"Southwest Border: CBP Could Take Additional Steps to Strengthen Its Response to Incidents Involving Its Personnel","recommendation_number":3,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should ensure that OPR develops guidance for investigators on identifying potential impairments to their investigative independence and when and how to take action regarding any such impairments. (Recommendation 3)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900001"}');
INSERT INTO "record_version" VALUES(15,15,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900002","report_title":"Trusted Traveler Programs: DHS Has Enrollment Processes, but CBP Should Provide Additional Information on Reconsiderations","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The CBP Commissioner should include written instructions in CBP''s trusted traveler program denial and revocation decision letters on how travelers can seek additional information regarding the specific reason(s) for the decision. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900002"}');
INSERT INTO "record_version" VALUES(16,16,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900003","report_title":"DHS Employee Misconduct: Actions Needed to Better Assess Differences in Supervisor and Non-Supervisor Discipline","recommendation_number":2,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should require LER supervisors to consistently use its training materials for training new LER specialists. (Recommendation 2)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900003"}');
INSERT INTO "record_version" VALUES(17,17,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900003","report_title":"DHS Employee Misconduct: Actions Needed to Better Assess Differences in Supervisor and Non-Supervisor Discipline","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should revise CBP''s disciplinary policies to ensure they collectively document the disciplinary adjudication process for all employees, including non-bargaining unit employees. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"When we confirm what actions the agency has taken in response to this recommendation, we will provide updated information.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900003"}');
INSERT INTO "record_version" VALUES(18,18,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900004","report_title":"Southwest Border: Additional Actions Needed to Address Cultural and Natural Resource Impacts from Barrier Construction","recommendation_number":1,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should document, jointly with Interior, a strategy to mitigate cultural and natural resource impacts from border barrier construction that defines agency roles and responsibilities for undertaking specific mitigation actions; identifies the costs, associated funding sources, and time frames necessary to implement them; and specifies when agencies are to consult with Tribes. (Recommendation 1)","status":"open","status_text":"Open","status_comment":"CBP agreed with this recommendation. We will update the status of the recommendation when we received additional information from the agency.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900004"}');
INSERT INTO "record_version" VALUES(19,19,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900005","report_title":"Facial Recognition Services: Federal Law Enforcement Agencies Should Take Actions to Implement Training, and Policies for Civil Liberties","recommendation_number":5,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP should assess whether training would benefit staff using facial recognition services to develop and share information in support of other agencies'' criminal investigations, incorporating information on the extent to which staff use such services. (Recommendation 5)","status":"open","status_text":"Open","status_comment":"As of March 2024, this recommendation remains open. CBP officials said they discontinued use of facial recognition systems for CBP''s Office of Field Operations at the end of fiscal year 2023. CBP officials also said they are creating a new training course that applies to the use of facial recognition regardless of the tool--government or commercially obtained. CBP anticipates completing these actions by May 2024. Once complete, we will review CBP''s actions to determine the extent that they address the recommendation.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900005"}');
INSERT INTO "record_version" VALUES(20,20,2,'2026-03-02 12:00:00.000000',1,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','{"report_number":"GAO-24-900004","report_title":"Southwest Border: Additional Actions Needed to Address Cultural and Natural Resource Impacts from Barrier Construction","recommendation_number":3,"matter_number":null,"agency":"United States Customs and Border Protection","recommendation":"The Commissioner of CBP, with input from Interior, DOD, Tribes, and stakeholders, should evaluate lessons learned from its prior assessments of potential impacts. (Recommendation 3)","status":"open","status_text":"Open","status_comment":"CBP agreed with this recommendation. We will update the status of the recommendation when we received additional information from the agency.","agreement":null,"priority":false,"issue_date":null,"topics":null,"director":null,"url":"http://site.example/products/gao-24-900004"}');
INSERT INTO "record_version" VALUES(21,21,3,'2026-03-02 14:00:00.000000',1,'86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5','{"report_number":"OIG-26-90","title":"Facial Recognition at Ports","abstract":null,"issue_date":"2026-03-02","fiscal_year":2026,"agency":null,"topics":null,"url":"http://site.example/files/OIG-26-90.pdf"}');
CREATE TABLE reminder (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	record_id INTEGER NOT NULL, 
	topic VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	reminded_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(outbox_id) REFERENCES outbox (id), 
	FOREIGN KEY(record_id) REFERENCES record (id), 
	UNIQUE (record_id, topic, channel, recipient, number)
);
INSERT INTO "reminder" VALUES(1,1,1,'everything','desk','desk@example.org',1,'2026-03-02 14:00:00.000000');
CREATE TABLE routing (
	change_id INTEGER NOT NULL, 
	decision VARCHAR NOT NULL, 
	topics JSON NOT NULL, told_before JSON, 
	PRIMARY KEY (change_id), 
	FOREIGN KEY(change_id) REFERENCES change (id)
);
INSERT INTO "routing" VALUES(1,'sent','["everything"]','null');
CREATE TABLE seal (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	check_to INTEGER NOT NULL, 
	snapshot_to INTEGER NOT NULL, 
	version_to INTEGER NOT NULL, 
	change_to INTEGER NOT NULL, 
	leaves BLOB NOT NULL, 
	entry VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "seal" VALUES(1,'2026-11-30 00:14:09.334391',1,1,12,0,X'0000000000000000018E56023CF4F24E2B93060AC908AB7A54021A7AD38B98D0067171F5DB2660F58B0100000000000000019643BDD7067475F487D4D376AA9D1F40E9A4F18467891B5A7ECF4C19C4EB16DB020000000000000001295BB4DD5225CCD65F76487C6422398486AFFA2B89D5FCE116035256017C9E590200000000000000027EB71F0D17141428B0D5E3AFC168C8C93066A079AE7595DC5BA932190EE2329E02000000000000000319278D76F337CB924143DC44E68B017E30D311072A1F681A5903F48CFB5206E0020000000000000004F7057DAC42D191524EF009C0722EBE64F05D793DBAD6A9C0919B333C4210EF470200000000000000052AFA93E2E94AF9750A4D838634C8CBF148C47A2FC6A41C286966A0E8CA8F5DBE0200000000000000065B8D5095FB1D1F352953159DA2FBCD510C038695D723C481BFDBF28F16273A470200000000000000078864A46BF9E5B5F681BF8753CC11A175E1612C86B2D2E5392F9831471504B023020000000000000008EE334EB7EF169CF4D60924A9F07FE7E1FCDAF377D8A1EC0992AA77194A3BBFF0020000000000000009664D510164D6A569D826607F619529F6ACB07E917B751C7B849C7C2DA1AFC48002000000000000000AEB3AFF1A262E62F122FA9029455627B9BDA59688EEDDB95F28CCD476965B11B002000000000000000BC75668EDF05A79B4FC2F3CB9FE972CA79855D67F57C5E43014EB653D2612FC2B02000000000000000CC06B535BBD9CEFE0482C86C904864394301CE3A75758E862DD4518EC2DA0FDBA080000000000000001C4C566B7F884226CD5EE886CE40FBC1FDF6D1BC5B605ACBF72682B924E6D9B2F0700000000000000013E955694E15D170E63679C8E7E7B9AA20837196BFE6FCB6FF65AFF300AF980910700000000000000022D2A77F34F56E97607F8314A6F3493EBBD4762C6BA9392CC5F6C7513C3D3DC50070000000000000003B8FB868C804A8083D06652187C0B1EBE34D9091FEF41BFE3D3657C367BA13F2C070000000000000004F84A4BE5A81C65672D28F8960EB15D0B177BECB677B6F6C55B376C22A66067C6070000000000000005883613357F2277D376D16A21DED455EFB8E001BA2EF6A1959EF9C396E42001C4070000000000000006A6DB4469012D34F9808BB6F8784588FC812AB8A125AC5C1167418AD8F07409B40700000000000000079F321B9F88867AFE503D8918FB2010C2A90A4D4F6E154C00D11CB7103EBACA51070000000000000008BEFA052A940BB6073BD198D6DAB3A42274683541CDCDE1188DB7519F2A88B2BC070000000000000009D90157D36655E3B4CDC05F0B53BD1FE8AF2F2F13376907FB0C4D94349DCBCA7107000000000000000A2550D6EA9B7C54F7EBFBCFB6050E641B143C753FAA6F98888E1B0222836EC0AD07000000000000000BF49DD1BD97EA4EC3B5F9BE792CE42DD8F7B75D26BF6B8BB0834A5E6FFCD3094307000000000000000CA2AFAD25B35BAF0626EA7E2701BE6C91CEA5C83C9BE669E3A046B09C9761F14D040000000000000001F2DD7983D31EB00FCC46883B9D22A06E31D9C35DA2EE293A3F13116CD8A2F27C0400000000000000027D03561CC6CF993D69A6BAC7DFC87983173E2BA9F1EFC5210862935CAD88373E0400000000000000036BC16482230ACAD47EB02328FECFD001081389BAE598B7BC3E845788D2574A580400000000000000041BD7310E505D164585F23A99F422EB3E1223E6E93CF0A4CE011FA62F5EACFDCA04000000000000000588C1E0C0C990DE3C3BB553B483F02B8CC9754CC06DDC842D3F56FB242926B67A0400000000000000060E3E450C4A016DB78EE47AF683D45291C39AE6A0DB3ED196BAF10EEFA7F0A9050400000000000000071DFBF114CF221B9446E7532EF1090B28E4B1E39B043736AE92A5BCEE10C89543040000000000000008659D23F203B0AA3C91A2268871328A179D4E18760CF88174D1831113E023CC8F040000000000000009E4718351490D510524F1ED438AFB3676A1E37A604BE8670743C1F7E1B36E3F4104000000000000000A44C59A47A2FF08F59A603EBA428F7172FDFC2D36088BE0AE34A08BC7FA6F0DE204000000000000000BE924154E1662003E8ACE74E2A5543F421E870909C4DC2CCD4CDBC88E90AEC47B04000000000000000CCF73E2B4B37B1186BD2EF48937FDF0697DE26DE511A84656DB82B39E9A82B6C2','4a8d07b1bc1ca829eb35f15c568d1c193c6fc78d31e8f4f12a85414338b1c308');
INSERT INTO "seal" VALUES(2,'2026-11-30 00:14:09.892704',2,2,20,0,X'000000000000000002EA33A06B5292A04784EEB4F166102D090E9CDF08BE19B435486D120693D7BEE5010000000000000002B89B5929EA8F12FC03F4FC73B81A4AC7260DACFE14FF997300F32EE9089CBC7902000000000000000D64EAF62BF0416EB4DFD47D2A1501A09695124E71E2543EF8C178810690B1C02902000000000000000E6C712DB7C1DF79797942E8920F78BB2453D6D3093D48CA708A0DE5285929C22E02000000000000000FF51C0F788984842457C7C8BCCB85CE812C8063CD6F2947C7CC4423683B23A16D020000000000000010E111C79E0D48DB7545955A99A305FDFE58A50847F9A66118D1E9A0F4D18961DD020000000000000011E2E2278EB673D3393E310DD10C6C0BBBAEABF9AC1F298855CFF6B6BCEBAFAF4E020000000000000012E972535194A9FEA80477934A8DD022FEB398DD51A6A28731076F1CC05381CFA60200000000000000138671FB2B2BBE5E7C99CB2760D77BE0EE2742468C6F4B136A388C2AFCC5D4BF7D020000000000000014D7099A4DD0ACB06731DB23EFF60B34DDD623525ADF89636B1D020B45D2350B6808000000000000000288F5C1376E76CEAA55280E9255B1250AC0A858C53C5A6273FA9EEBB2C9E4F02B07000000000000000D7DC3BCB19DAA8A7F105463EAC0543D8F09E34DF794B013CE9C91A63074903A6207000000000000000EC06CC859746FDB88FF4CE0E15282385A63FA637764708BA55229C6F7BCC39E5C07000000000000000FD0DB5E9815D215384EA4AFC0E999B1FEEEF709548F13E6AE274AC2021D4ADC970700000000000000105A34EB2154CFD6F9C0D7E5C98C5C71808EC092FA65086A85FA5192414BCA78FA0700000000000000115571B56D27ED884843682E3DA3C5CC5FABEC1D08DBA179EC24910A162C8D7E2C0700000000000000127FABF2FB6B1BD865AAC6EE0BF9BC5C180977828073C4F38FDA06E0D9927E2BA5070000000000000013A58AA64260E326317CFF34CFE37594B97B8112362DA70B9E6BA63E864BDCB9BB07000000000000001440B0E0ED8DF2CCC7208749FAB86F1916D72EA57227711B5B772212CA2C39869704000000000000000D888C1DB22478A94676777FB2E283F0E6C61C48E0D03DDABF88B0E9EA7BF1D98104000000000000000EB7A5622C85C2DFF2414690502AA8AD8E8FAF7B34DF5AF6FC8CE6067CA774541D04000000000000000F027AC38F9739A352C94AFEA45A7EA5927F16D4D3D6BAE932236A0EC8C122DC45040000000000000010AA3DDB88E009A0EAF9FEF47F4C08415DAE07E2986F6DBC96CE6355282A892EB3040000000000000011B61E4D1537E49D956D36B787CB4074BC6E0E484FC797A583E1A71CB398E1E124040000000000000012E1AE338B5C7A0FC32B2726637B2DEB54769BA8FF6ED24666C462B6F8B9F68B2F040000000000000013C9E6BB6A478575FFCA777F0134BE3E6068182D491F5E8DE69928943A7EDEFE9A04000000000000001432B180F65256370DFF167BABBD6F319066A9CB8858291F9097817035E44BDA31','b88df31e7d473e254e1e7374d20b06a111074b2a07c0547b900d58383ce404d8');
INSERT INTO "seal" VALUES(3,'2026-11-30 00:14:10.588586',3,3,21,1,X'000000000000000003C7D63BD929EF5E26E5ADE945164DD649E5971F147E58CBE71679F0194DCE8A8801000000000000000334463296E01D95818522A28E18A8104BA56030DFAD79215D4AE191B10972B98402000000000000001581A2792294D2784D5AF27C1A091AB6E81E05EB24B367F871E08877055D93FA9A0300000000000000014D2A197B3F7BA67049FF8197E3DCAA3896ECFE1231C938D54E8B71BE6EAE4CE80700000000000000155C98E2844F16497585B5DF9294447AD1B845C3EE9AF3ABF26F5CC688C620926104000000000000001548B764A70B21036C5551AC6AC716D7C27C41D6C34ACB5D4D0254684D235C0939','fbdb9925670437ee3ec3cea44763c7db69a6ab331cd1785b9e2045887ac83c4e');
CREATE TABLE snapshot (
	id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	check_id INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	final_url VARCHAR NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	content_type VARCHAR NOT NULL, 
	charset VARCHAR NOT NULL, 
	etag VARCHAR, 
	last_modified VARCHAR, headers BLOB, read_by VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(check_id) REFERENCES "check" (id), 
	FOREIGN KEY(sha256) REFERENCES snapshot_body (sha256), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "snapshot" VALUES(1,1,1,'http://site.example/reports/audits-inspections-and-evaluations','http://site.example/reports/audits-inspections-and-evaluations','2026-03-02 12:00:00.000000','3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd','text/html','utf-8','"3dcb358a1b95aef9e822"','Mon, 02 Mar 2026 12:00:00 GMT',X'3128B52FFD608301E504008246171C6089DB00DB8D656E5C8841006DAB90F89AB4E895BD2985D40000840BCEB9A458576AA21547753D06BD56ECC95E6A9F016193B3DE38DBFF5512CCC4450E888262B118003CB2308CE0451D70C75C65CC2DF1784C349BE34586868E5F9B1400A16481C22300F40BB2318B2C7A80ECC22532810FF20340F3EB62F196B0989C054741B2D6220512324C156022B541A60C04140B2826A40E178B0E','0.1.0 dhs-oig@8');
INSERT INTO "snapshot" VALUES(2,2,2,'http://site.example/agencies/united-states-customs-and-border-protection','http://site.example/agencies/united-states-customs-and-border-protection','2026-03-02 12:00:00.000000','ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','text/html','utf-8','"ea84d73e10d14442e206"','Mon, 02 Mar 2026 12:00:00 GMT',X'3128B52FFD608201B504007286161B80491DE42B467B0644672B9FFE73EAD98DB5484A9944142A1253238CB1C30A509868CBA3181755F590BF99200DB43D1EE5A55FB67349F75F26074441B1600CE59C304D33D8A80998EF894A75FD7CBE8477908D0C8D80D8E8041300A1E41940BF201BB3C8A207C82E5C2213F8203F0034BF2E166F098BC9597014246B2D522021C3540126521B64CA4040B1806242EA70B1E8','0.1.0 gao-recommendations@7');
INSERT INTO "snapshot" VALUES(3,1,3,'http://site.example/reports/audits-inspections-and-evaluations','http://site.example/reports/audits-inspections-and-evaluations','2026-03-02 14:00:00.000000','86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5','text/html','utf-8','"86c06607188ebf27c777"','Mon, 02 Mar 2026 14:00:00 GMT',X'3128B52FFD60C901AD050022481B1C80C7394CBC1846CC33AC5BEAAD53586A1A11D9DE444A12A00C981923EFBDA4ABB52EC7CC0F2FE4C46EE533F6877572EDC9D2E4BFE2544D75140C0344622958FE5818261023087807A8147BC5ED766C508448731436A29C47A0927BAADAB656A2F97CF26A63C4880021E3DF261700E7641A801FD66CE127597412D98591640265E40780E61DE4A285DBA078C107992C8BA6017B2C08AA1256F45DBB4D178183E1A50013A90D326520A05840312175B85874','0.1.0 dhs-oig@8');
CREATE TABLE snapshot_body (
	sha256 VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	encoding VARCHAR NOT NULL, 
	body BLOB NOT NULL, base_sha256 VARCHAR REFERENCES snapshot_body (sha256), depth INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (sha256)
);
INSERT INTO "snapshot_body" VALUES('3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd',18245,'zstd',X'28B52FFD604546658E001AA9941D3D504B9B0E303393AEAA1A12F8CCD0A766AD359992443BC9D58F69EF9D448EDB4C63D03EFBFD686C8866ED1598CC4CF80736B2775B7F2151D38E99103135CE01B601CA016B4D3C47C896221BEB147644B67DB69244C908F9BE1BEA63BB63FDADE4C74C36BC416D4F1F9398CA4345FE46E4E52C603F909B95F8D715DC06F271FAF2B363A61010E4440B910389444FB415E4793CD08401C1F31CF03C07445005E471180DB915BFE4DF32E74DECB4FD840151B9E4334A4E8F1F2BAC78AB5978C985D1DBBA78C8C6CDD64432FEA5FE5D18871C2B2CC5BFADD65995252FE722447E4B64E34A5E2238E4529F9BE506526A96E3F1400E247AA287FFBAEBC3D7B1F4781755DAF6F07DF647FB8724A1C789448E04CBC4C4E1667B49A60307F01F1306D47D209D3267884BBAA44B9A3C24D3E3F696B94E1CE7A9E59209635F2B69D1F033759C735F9BB3D19D2715D43F260C89A4C82B938C866430D78687ED0858950ED000B7C14E80E19A311AD66AE6C960BC2ABA660EDC4C159FF3B0AD854E73CB12FC88E3AE1D5F97D1DFAC869B6402510F094449268C86C692893E2499FD69B105A635A69CCB398DCE1A4683BB3A968C7FFBAF99F358AB00180DD2422A5532B95A671E9287C429DCB71212B6D4B98C2569222B488D4E350FD99E66C35FF3B3B5FC59B2E1CF2D5226EB9E5F32613038D24746C3AF43A558EA6F2599345D4A3261BC65344C4F5D4A26AE7A2A1F2E0F54384C540090042EFA42968FDD95D1C09D1E43A7FCFC584A4D49593AD574B530FDBFD94365F9A7E9CDF86223B2E1C4158C2F6D265FE7E3C7101EE872BD0E7B7AACEC2D474FA7D3BAFCDDEA89B23DB8447020E052F57B744807C641211BE9185A94A4A6D806404F9417D408330B51C003A9278C9D52339698AD85B91CA54222B76ACF065CCD6E7A42061AA48BD3C28DBA06FBB1E6E5DEBBFAA71633CECB25A2F18052214140425DCBD2659C98099589258920E78110712008821E6E675D3C583853E46B5A2C97446021BA08600087EB56B34CDD255D27387030B11E1287739AD4F3E635AB144E0D2D0C2CD840EAD5346C2E36E5D968FB96DA64E395FAF6B6AA9A2DCCA726DEDCA655AE03FE0C334E2CC1D5C0F5876A6D851F43683A7DACEECB34DBB274B856BBD56C7BB0195ABF4DA96CB46DBB2F2BD8D2E3CF74835BD37C96C8BA25EC770BA6F01352BF2EB6A598A726E5ECFBBC30973DE58BA986A1950DA6E77EB376A78F7FDB2535CEB8A849D852B67D4F992FDC4DBA151DAE26D7A3B2CD645B0823639DCE5445061AA4C35F17529FD7338C6C1D6EE662593594D22D4BD3E11291CFF61B5AE9976E9CE6F7CBC6CD923C0E1471204814891E50247260BBC9467B5C69BA65D81A8F9DEEFBE3B62D5D1F5CA71D5DBB24ED2B43ABE11A47618FED35BB501C5857EAE216F3580A2EA78FB279B9EC8F1598BEAEB6B952134B12418022080F43F4881E86C8899EB62B91168B84836120FD2D7B4D8BF1B7D442AB6A87D409BE1D3D10169C2782226829FEBD893115ADC2D2566B0A75A3B171653CDBE95ACA9CE3D5C0E88D7A9BAB516A796AD78F62EBBA5F2E14B00081262C5FD880A007DA96620108CCE5920E10BDB9605F004281FC8ABF62BDE06AD86DFBE8AFAB7F1B2BACBFE6383118DB17C60ADBA49EA03AF6A52AD2E1533B0BA6999DF469F522FC179B41879A98BADCB3B32663E3957AD939AE12E28024A83C5438502A0F1411547CD1D0B2D8E1C415BBCD6A78A1E60388080B01794540A6A4534B3E5800420102F2DA05D201918F6A05FCA22CC6382838102D44CF0379440FC4810DE1C347885C16DB5264FFC5E2F0904D91A0B0A6E1A5ADB7630ADFF971D5146A40B92F2A900FE3B6EA0929F52F647B651E57703F5D37E97965D86F6CD43BAFDF63FBFA72B1D33996E0FE6F669D6BF816B6D4176CB7A2BB861A2B2C8C6DA30CB886AFD232E590D7476B2BD3BB344A6260C10610902B170F6DDB4E6F9D53AAAD737B70352D211DF252EFCED5070E26AE7AEA21995CAD330FC9E4219968B83D249387E4012D2CFC4A582E112A8CD396A059A618C511B03CF3068022109C078A4011287A14F0448EB366C24346A8BB3C4CFA32D9B6A5FE75201D11F4442E1FB7464FC0227B4FA7CDFC5A40AD343C65C3F5622BF435050C29F9585D6CECD5CEAA56199E27CA67B13A36B5DFD5DB979AF20AC7D426DD6AE06FD4492AC11E053C4E040239110686E70179181E07F2BCA49041A650A0E050C13CB8D48E5503A7FDEBB9B56B0B91EDEDB818BBB61A70ADD7E6D5BE5F98A4C058D2C574602814FEB9F2A7F01B3D69C58D38ADA49ECD2175A52FA656C9D865A205A7D70E148BEEFDA67438330BAD6074DDAAC13891118642C19BBDBC9CC7B6528265221B91655BC96799589207E471182003161C06C80088018A22672D1395CA83C3577CA11192D4CE3EC3CDE5E05AFCBAD2C6737418ADA5DEEE526E017BA3ACC9F5F7F833FB31FD8938CD7681051BF08B6F3555642FBA287D26F6A69D5388232280EF4A17FA9CC9272240B65D809EE892F231E578CC6BDD534A5DF13A43DD746E74FFF1F5811C0608821C032008F48020900349385420503A8C2CEAE9755B8A9DDCCC26BB29766BC14E1BCA4EB3D1E263225C9986ABB3280CA1669EA57D9B715DA8BE1A0A5A53BF95E35C844AA81377F248CF3AC610898C24490AC30113114040302C269AC9868572FD13808EEB53A11AC5400C2163082184104208214222222281884810CD078E3218B3775342FFE986A605421BFED49B7ADE22DE7602E99D5F8E8F38C3456CE20AFFCE3B2BB2EFA7E06E23C685139A075741D914E497BA502047F5B300A90DA183093E4865894C03DA390722442122D5478D09C3FBC1C2DC833070A49CE2DE0AF61EAA63F8840CDFDE0AC53206D785AF87B90F6B5625A09446B336195AC1FDA5409603B66C76255DE15A9967FEF013DC7435BFF49AA0A1D9038D9113AC74DBF04A2D76E8DED6EA2B004C909F6F025686BC2F54C1E8DCC402340B6867562CC4CE373481BE88C14975F62C9D890AC111223BC684458C76D304EC0AF5749F8C9AA2806878D38CAB63CCA3801088A113C0F41C9744086DE2673A993B306D53A033D46057E4A2E9BDF5EECC07ADB6286786BE0DE12316646F476E0F939E0406C6FD215D3067D146962B9435BD83B07F269FA5CADC760C3F24D6D9730620D840B0D7216D67A7B16120A6AB6A919B0F63E74172EB516AC71C90CF0EE551A17141E7E0097E229855C03A88187D67838E29A3FD7CC2BE13E6462E2AF0BEC7C589FF258EF9083F9FC45C93A7A2F8F41C80E50A246A5447F9938985E5D1E0BA25F79C421749CCC399D338B90184B987F95984F7D816BB42A113AEE094196130BEC0A86FE721018C5FE8CEBF56B544B22CB6EFDEBD9978AF33D6053031961754DD306ED871233C3065D7CB1B6E8FB887C559143E9021CADE473D82BC5F5C66ECF054C62040B4CB8D276E51CEB213197462E115E8B4DD582FE0AD3AAE3954EB241DA95B2C433D1919EFC7DEFF135A51A607166447870A5B5B756AF31B83AD7F91A5F64D0E47214D47D2BC8C07CB8B8524806B03B870424018133EE3F987E09E588FE89551D1AB0DD6A240C69347B2B64DB14204300EEB36039EE4FBB927C25B0E787D2129760897B31A3CD3DD4E663682C77332A23F1940619222FF7DE1432FBA19E164C10160382BFB761C76DBD522EE79C158C166431793238D45A23101431A84133020F1DCB33577072C66696FE6107AF0902A5E33376068BBF4CB9AB63F31EDEC1894DE5FA0BC56DE98193C564514106853A495EC9E8055D52414648102A4B6B6B5642624F744DA9769904F3D56D8DF248B3D97D1C19903C3518ECA2CDB5AC20B49C2F81F32E9A234CA1559B90BB02B5C33C498A7F8B40A1B5350C0BCEFD6EBBAD50447DDC4F52F347A1905182D03D101B88E0D82CE8EE45AB6C5236A23D68F41F0302BE582E925A7357E3B0DEB6D2402E816CA7717AE0D7CCC0441314181EE81647C5C844BC9463000E04B734E269B3D7925CAB50D4FD028AA493ACD2D2D11A1D605AEDE50F129B86773F9C0CD0BAE218F8E0945A9F4A6EB5186667BFE35599D9FA77632FA902361C31619ABF91EC49B8CDE18ECB84F8C6D001B0D971953313BAEA90EE48764C1C37C29DE13A53EFE817BE4198DFEE2C8AE766CEBD1B2EFD2FC5690A2E67CDC090E93ACB92E04A78A75B6B9F9AB122EC0F70101E2B4000E1581259920F85912DD8530874733D167EDCC0E9180EDA4E000AB9DC43C7FEF4D39B0BEBEE7B70379B578C628823D0E9F04D88207F653BB4AFFAA0967A9855502A66ABFDD90F8380F1566082F950C6FB6E23FA13DE20E263D4C10B895B769801A152B4F8419C879B538AD15FEC28B05A4C769E5A73D8A914B06E3D7775D894BDA4D09FD0EA9823AFEF10ECCF38C75C0FE4AA4167683E82704EDB2884691723041174070921AEE341CABE280D3AAEBEB8A9D2146BF1698293B30FABE48B65515D80504DC2586BC5E0C6B4422D7E89944444D91753486F4D4078B4189110BA5D58BCE02B67CED7C155A4ED4C00A615A53092AE037E8E757FF5EC895A994D2ACBC8F595F65CFF7133256C32918BBB056E6BDC20A0CE774D1C262230256B3330EB126F02FC0ABB768D0A1F3790D409C78671234578C98A0C04791B07062A604482E3E90AECBCB50BA3CF99F66582065BB229332D228359E2C69F30ED56AC1B23B06EF5D190EE3A7F94FFEB4DDEB07257AD233E5BA6780100E08085919F05F723DCE2FA17B98437DFAD47675AD25906CB40FCDA253E56024486BE4E3E7B1FD8B5BE001F8581C81DAB6488410B40795C697C5890ECE98C5BF1FE743555B81A86F9CCB2DF40088B9F085A2606480DAEDE09C219B505DEE38575D1A80B5C5C5BA89B4EF77D97DC5C9B82198F9B324CA5AA58A850A863BD5DC6921311D608AB22607FE283734D5C35E6283F5BAD1F0D2AC27EF495F290CA25F1B14709F0BB4F6B307D75108F3B2C4E652BD29ABD22B487B7DBC291493371A6DE21199846558185864C0502465FE6F9F895FEDB8B777E186810423211260E4D4E20FDA2FB7429CBB30519EC37327AA28C4C604639CB32C00EA2FD95112716B0E3E0C60A25BD0C9288F4A030EDE6609AD81266B48A650F5F7B5E1D28A3CFA985D99D823382028E3E3C4494016010F170A9154A02378083E8070940E2828DEE2AA3CF91DA1A286E15EDE35C08AF22731020FD92714F7AA4E68408A04C2F1C909B42C8FE81F06912C625FC9A1A24813F8810A0C37D0C21ADF1064D718800A4045DF3734811A779679906D6DBE25FADE0E0E2A25A86D2573E39AFFB2038D2D0516981951D83A84C6A2A5EE90341267331B66FBBD7F91FA3288C4C4484AA38C161E2BC0318FE5A687574E140957E7A538563A5B55F1753B816E61784B2BFCB647C2B074129E807EEFFC026E3309C0C003A91E1E4497A3DAB43B78E58EA82F9BA6345AC6B18C8DD76A3A51A8CDBDDEF7E8BCC874107DB6E150EF0404FE1A0BBE191C24AD9D44223E5244F23A52B65C9B19A47C27ECA071E1642032D269C27F50B24308FE581B8030529E5B746D6E3790B52279FF1FAB65632EBB95CD28EE244624D2B55AFF70505E3BF2A92B419F3A5781A25837DA9AA063F090BA2C2F46258006451CCC76DF0939BE8860B9506AC8E6BFE8B15A0D0ADDA12EA7552903FCD83A2C717B519FF77B2D78A6B3133BC9064DE2B3D71D1098E2E5374186CE81C0271AB5FBD2EAD6DC06F1CE29C4E813BE70AB8642574CE318F7536ABF4E62255B9CE05E3788A0A3163F2BC97CC42925C020FBEBF19D12712FB9AB6434C4B80B156CB3FCFD18D2AAC8CA0AE6A40D5E4EF4E6C5818842803E4A0582FB6BFAD7CA1F107EB86939694478DAF519E9F17A70B0B5C2B15EBEADD1D1AFBBDD1FDD83121822EE01BC1D8D98D3336F963C801F5267C36447C0C5C90BBB6E0240B496CF897B4DC996F0E2985184005407D0818203E931472518BE312F8AC3531D346E98D1BDA11CEDEBD1565D522A0462477B2762E13666358ACB2313D520754BBAD1C1069DB9468CB3D6E646EE49039AB578FEA0EA98B8F3D4758CD3963DCA0649F5FA5FC1B8F0831F73FDF7C525987270212A23A73F115FC004FCA8B5D1AEF9D0EAD89C568A205E6CFF044A5F54EE1BC8FA21B0B21C8B3EAEF856BA43CF54D0595F5B5744C033C9709528BE9598442E2EC2841263D8678114658BAF403EF3A995A9CF76C103D4C853AD7E1C5EA9A60FF1D90B8AF68C9A8618DC3CD8AEF0A4E35D1466FB3642BB3626D2123B5E3A556BDC893CA077A62624B8A581C22D615D2D2D02B3D70D2BADC92936EEAE9B3A9E03628BFA26F68EA3157BF3FC5869C7631D8540D0370AF1518365B35279063B02FF6881143FC21B95B96C94DB50A92E61CF400F',NULL,0);
INSERT INTO "snapshot_body" VALUES('ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7',9540,'zstd',X'28B52FFD604424553B002A5B5C0F29F0CE36078041FB15897426A627F444EE2E6949E097082AAC425D126B7E449EC26DD3B5259BC858BCA8F700E700E100B9CBDEA93159A530A62CC6F96F2E558B91BE2C796E9C3FC66D423FD9EC8F1CFFB9941F3986BAD6C4650772DC628D2B4E83A2E222DE7382BE71C4591C1A1A1A1A10400A3C4018278CBF6A8B5B621689271B3A6C1C880EC54C02B9891BE20F10D31060F8FC7760C06DDCA694E13C38AECD2862950D814CA9146F1C8A2EA689608E93A2D6C059F82152D4282C12EEC8D45174358E03C4340EBFF9CB0AB2482CBD558C1AA7B258C2344C9331B1E018220C11EEC22DEBAB7C6E8DEB5CCD14B716CF237E6F15E7F9F8915BF9BA119C64AFDF38CB01C8F36D91F8F446481D7E468DB330A1C659361789C922BBC661D14377A13181A322C322401317E7C8E0220C2C2EC223EC094B0A3687B7E6709607876918084835BFCAE26A9C64DFE4AD28457A0C9FA5CAA3CD8F3344CDCF2A2EA95D2EA5704BC7984E0F57E8FB566FB303FF1C21749C2E6A7D96D5E524C1595E621A02056EC03174344F97146D4DE81F2B256649C9C5F7588D6BF13DD7A6946B35D5E2D236B984FE2A4C927062E896CF9B1F27FA9E94D5F355ECBF0D8D8C7B84FEB29B6F42FEF0752EABBB4611575C421C8ED4AC6716008689384B2E56106F8FEFCE023DD3AC7C95CF337115B5399970968C7021B758EAD39F4C827F0F2D25669A89A188B32C122955FE96FF9BA471209069582DF595A944D7326ECFD527979248B4575D6A5499E463BF1FDEA379310E7A9D9429DC832BAE53BB91E222EEE7FC154A11C6A5EAC69E1B08A1DBB356D16B4D1478DD36697C781E6328E96A141636C5EB2A2C298CB1BA4AA62A652C5DA571A52B25FBC195E194EB0CB5F331F2D74B6F5761EEB771E1E0B2B555C8CE5526A972B5802C436876A5744A2DD2F93C6A713E7114C72B13C2C4452C2BD707975961264517CE02E140C0072C3B669FD247554AAE781D997E8BEA3CFF939DAA5C8A29D99BEBA4FF7301ABADDFFFB5A7CBD5985AD5A070E85CEA8BA111F926B987A77B2AC6B837001C163DC4340ED3388C7A585AB98DC91A43CAC33B1763C81F161916DFA4D50794AB51E74F9919C750C1075791A427F4AC2455FA8B2B57F1257C15D61945BC9D149E40208CF93D99776385D98A9D214463568EA1725D9B785286828C28DF2B0FAF6CABBFBC14FD5C9F8719CEB3EF51E0A1E1E120D5F860C240424AA1E9F82DE464596A5ED6485B9D00FE666915F27EBCDDF3BC3EB9299912FA8426EC94A883634AD10A0D0E8C632832A12E6E4207C752C14578AAC8ED0415388B819514CD49C231ACCC9EA0449BE359CB46CF045132FEDCF38CB09FCB48FFD66E7B54B13BDEC3DF5925E8C0EF5C1B8172A8213153C8D08C8888244952680C4104090539E7ACA61E12C024450E22A48C21916044440209924F4A529082E6E92BEC48B3905ACAA636870351CEC324B4067856C6D720E97D4DC246F4B16E86835C92B35574C27CD67FF817BC5CA2A12B92C4E3119C370C225BE142FB6D38D725A54D9D11343D061C0B83CA52BF40AFBB69C79106C9FD0E85DD9FB9A66835977B5C340070011409465C36112DE03C0ADF118E3BE6A15DB56F16B5B072D6D5375C85CF1B0645407ADC111B2D020387FDDF5A1FD137251082AF62BD5600164767207EEB5E8CF79BDC37883662B209DD7D51E812081EBC94238CA5B924CBFD8C2DA2A547EAF1916417EA5128120B29DEE3B3877D8F484EDF5B71A1C5A045661DBC25DE8CF94493C1FA6C9512CD89BD79A07E28982F1AE918DCC74BB8868A6C5231C30DE8C9127A20AC413139EC26B6C59F2F0FF4B71E14DF44FCD3C751AD4F38EC5A068DE96686B7E763811E605AC9F49C601EE83C5422C272D254FB4FE12B77AE9A4AC711500B07889D67E5B41BDC060BD1AE64C139880F5C116B03AEBE63C46A57C38BE15EE5242C22E02E70ECB182822C8A54AB6033A27CE791D30B40CEE2CF3FA8ECBFEC8A505FCC5472BB46D7980B653551F29D81AC43BD9C76BF6FC10702C4C080C382E4AD0148CCA47F16A024F9FA0CE7BDFA7102A25E022DEE5DD78CE1276865AC640E55C82D25547ECCB3794A1364740ABF4D6D18397A97423560DD0E49754794F61A2E2FF8A08D53213582C9F3B9724119BE1C768B42E0C3D0A30C53CBEECB44AEB30402A5193B9A275A351E6B3B08C7D507B83C6EA23FC2856D8CFED80BAD70E6BAD42E346A8D332875C6683027D2E408282737E92A11900A826FCD90043B4622D365235F79DD73FDA939C26DCC4263B49EE6AD69DB0BB7A1D9D798A6D66BC0779A461F35008625A4B705388891616572CC29468FD59E0EADF72124A9C0D4F0042D1DD99A085B9A39D2C5BD068720791286A83A0B63D804BB01CE6FBC02C47F01145130F09BDB249F3704C90A362807D882A2C83990152335DD24ED6D84C3B5CACBF7125DF56A8B4AAD6EF22386E46160D4E9A515CB361ED99423BAEB395BC0A7EDB914D0FAFCB1710DB1E753678D63FB834843C05A9873CF41EBF5934E118000BAE70FEB68C370D226F96A06B2478F39836DE71728A130311100A59B8E56F7127CF51E4B18F29308190414A56CF28F37CDF9BF46F8350F6581F6A8D2C4C76890B21B02B6ECC528309346944A6D28B1819876998366005F892F4003',NULL,0);
INSERT INTO "snapshot_body" VALUES('86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5',18941,'zstd',X'28B52FFD60FD480D0300B402362D3930362D393046616369616C2052617420506F727432362D30332D303230332F30322F3230323632360F00FD0180C2766000149E2045E0669BC31D2A880A20A55467B3670196E60CAE2AD508800945D40648743050404A43211D3F0302','3dcb358a1b95aef9e822038201b69fba250b34d2e7953492b0402220a7bb37fd',1);
CREATE TABLE source (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	reading VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_checked_at DATETIME, 
	last_accepted_at DATETIME, 
	last_swept_at DATETIME, 
	last_outcome VARCHAR, 
	unchanged_checks INTEGER NOT NULL, 
	rows INTEGER NOT NULL, 
	declared_total INTEGER, 
	complete BOOLEAN NOT NULL, 
	unresolved INTEGER NOT NULL, 
	troubles INTEGER NOT NULL, 
	trouble VARCHAR, 
	trouble_since DATETIME, 
	trouble_told BOOLEAN NOT NULL, linked_by INTEGER, lapses_until DATE, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);
INSERT INTO "source" VALUES(1,'audits','dhs-oig@8 http://site.example/reports/audits-inspections-and-evaluations','2026-03-02 12:00:00.000000','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','changed',0,13,NULL,1,0,0,NULL,NULL,0,3,'2026-03-02');
INSERT INTO "source" VALUES(2,'gao','gao-recommendations@7 http://site.example/agencies/united-states-customs-and-border-protection','2026-03-02 12:00:00.000000','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','2026-03-02 14:00:00.000000','unchanged',1,8,8,1,0,0,NULL,NULL,0,3,'2026-03-02');
CREATE TABLE source_page (
	source_id INTEGER NOT NULL, 
	url VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	etag VARCHAR, 
	last_modified VARCHAR, 
	next_url VARCHAR, 
	PRIMARY KEY (source_id, url), 
	FOREIGN KEY(sha256) REFERENCES snapshot_body (sha256), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "source_page" VALUES(1,'http://site.example/reports/audits-inspections-and-evaluations',0,'86c06607188ebf27c777ebfdb6e3b95a1a122c146bb7a1b26e8e5f7dde0cd3f5','"86c06607188ebf27c777"','Mon, 02 Mar 2026 14:00:00 GMT',NULL);
INSERT INTO "source_page" VALUES(2,'http://site.example/agencies/united-states-customs-and-border-protection',0,'ea84d73e10d14442e206778902191444cbf57c64ced8c0540aa11010812edbe7','"ea84d73e10d14442e206"','Mon, 02 Mar 2026 12:00:00 GMT',NULL);
CREATE TABLE source_usual (
	source_id INTEGER NOT NULL, 
	usual JSON NOT NULL, 
	PRIMARY KEY (source_id), 
	FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "source_usual" VALUES(1,'{"version":1,"rows":[12,13],"first":[12,13],"declared":[],"known":[0.92],"alike":[1.0,1.0],"filled":{"report_number":[1.0,1.0],"title":[1.0,1.0],"abstract":[0.67,0.62],"issue_date":[1.0,1.0],"fiscal_year":[1.0,1.0],"agency":[0.0,0.0],"topics":[0.0,0.0],"url":[1.0,1.0]},"first_filled":{"report_number":[1.0,1.0],"title":[1.0,1.0],"abstract":[0.67,0.62],"issue_date":[1.0,1.0],"fiscal_year":[1.0,1.0],"agency":[0.0,0.0],"topics":[0.0,0.0],"url":[1.0,1.0]},"shapes":["OIG-9-9"],"columns":["Report Number","Title","Issue Date","Fiscal Year"],"charset":"utf-8","first_marks":["66931762","32f3688d","26ea6ff5","c0c035c5","6f41b58b","c6ea642d","e44509d4","74b36b54","e7c314c5","6f953abc","92ab6ba1","79733417","c1954408"],"garbled":[],"twice":[],"short":0,"unsettled":false,"unswept":false,"held":[],"unread":[],"strange_rows":0,"line_end":null,"answers_at":null,"as_of":null,"stated":[]}');
INSERT INTO "source_usual" VALUES(2,'{"version":1,"rows":[8],"first":[8],"declared":[8],"known":[],"alike":[1.0],"filled":{"report_number":[1.0],"report_title":[1.0],"recommendation_number":[1.0],"matter_number":[0.0],"agency":[1.0],"recommendation":[1.0],"status":[1.0],"status_text":[1.0],"status_comment":[1.0],"agreement":[0.0],"priority":[1.0],"issue_date":[0.0],"topics":[0.0],"director":[0.0],"url":[1.0]},"first_filled":{"report_number":[1.0],"report_title":[1.0],"recommendation_number":[1.0],"matter_number":[0.0],"agency":[1.0],"recommendation":[1.0],"status":[1.0],"status_text":[1.0],"status_comment":[1.0],"agreement":[0.0],"priority":[1.0],"issue_date":[0.0],"topics":[0.0],"director":[0.0],"url":[1.0]},"shapes":["GAO-9-9"],"columns":["Agency Affected","Recommendation","Status"],"charset":"utf-8","first_marks":["f6049032","df3b4f1b","c580153c","ed5dd4be","ad940314","f29551f3","7e917a5f","44a59cb5"],"garbled":[],"twice":[],"short":0,"unsettled":false,"unswept":false,"held":[],"unread":[],"strange_rows":0,"line_end":null,"answers_at":null,"as_of":null,"stated":[]}');
CREATE TABLE sweep_page (
	source_key VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	began_at DATETIME NOT NULL, 
	reading VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	final_url VARCHAR NOT NULL, 
	fetched_at DATETIME NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	content_type VARCHAR NOT NULL, 
	charset VARCHAR NOT NULL, 
	etag VARCHAR, 
	last_modified VARCHAR, 
	next_url VARCHAR, headers BLOB, 
	PRIMARY KEY (source_key, position), 
	FOREIGN KEY(sha256) REFERENCES snapshot_body (sha256)
);
CREATE INDEX ix_digest_run_name ON digest_run (name);
CREATE INDEX ix_check_source_finished ON "check" (source_id, finished_at);
CREATE INDEX ix_record_key ON record ("key");
CREATE INDEX ix_record_status ON record (status);
CREATE INDEX ix_change_check_id ON change (check_id);
CREATE INDEX ix_change_record_id ON change (record_id);
CREATE INDEX ix_change_seen_at ON change (seen_at);
CREATE INDEX ix_change_source_id ON change (source_id);
CREATE INDEX ix_outbox_check_id ON outbox (check_id);
CREATE INDEX ix_outbox_due ON outbox (not_before) WHERE state IN ('pending', 'leased');
CREATE INDEX ix_record_version_record_id ON record_version (record_id);
CREATE INDEX ix_snapshot_check_id ON snapshot (check_id);
CREATE INDEX ix_snapshot_sha256 ON snapshot (sha256);
CREATE INDEX ix_snapshot_source_id ON snapshot (source_id);
CREATE INDEX ix_delivery_outbox_id ON delivery (outbox_id);
CREATE INDEX ix_outbox_entry_outbox_id ON outbox_entry (outbox_id);
CREATE INDEX ix_sweep_page_sha256 ON sweep_page (sha256);
CREATE INDEX ix_link_link ON link (link);
CREATE INDEX ix_link_number ON link (number);
CREATE INDEX ix_link_thing_id ON link (thing_id);
CREATE UNIQUE INDEX ix_change_once ON change (once);
CREATE INDEX ix_care_record_id ON care (record_id);
CREATE INDEX ix_reminder_outbox_id ON reminder (outbox_id);
CREATE INDEX ix_snapshot_body_base_sha256 ON snapshot_body (base_sha256);
CREATE INDEX ix_outbox_recent ON outbox (created_at, channel, recipient);
CREATE INDEX ix_outbox_gathering ON outbox (channel, recipient) WHERE kind = 'summary' AND state = 'pending';
CREATE INDEX ix_source_linked_by ON source (linked_by);
CREATE INDEX ix_link_issued ON link (issued, number);
CREATE INDEX ix_link_fiscal_year ON link (fiscal_year, issued, number);
CREATE INDEX ix_record_changed ON record (changed_at, id);
CREATE INDEX ix_record_dated ON record (dated, id);
CREATE INDEX ix_record_agency ON record (agency, id);
CREATE INDEX ix_record_open_dated ON record (dated, id, agency, source_id, status, priority, due) WHERE coalesce(status, '') IN ('open', 'open_partially_addressed') AND listed;
CREATE INDEX ix_record_open_agency ON record (agency, id, source_id, status, priority, due) WHERE coalesce(status, '') IN ('open', 'open_partially_addressed') AND listed;
CREATE INDEX ix_record_due ON record (due, id) WHERE due IS NOT NULL;
CREATE VIEW v_changes AS
SELECT
    c.id AS id,
    c.seen_at AS seen_at,
    c.not_before AS not_before,
    c.kind AS kind,
    s.key AS source,
    r.id AS record_id,
    r.key AS record_key,
    r.kind AS record_kind,
    json_extract(r.fields, '$.agency') AS agency,
    coalesce(json_extract(r.fields, '$.report_title'), json_extract(r.fields, '$.title')) AS title,
    json_extract(r.fields, '$.recommendation') AS recommendation,
    r.status AS status,
    json_extract(c.before, '$.status') AS status_before,
    json_extract(c.after, '$.status') AS status_after,
    json_extract(c.before, '$.status_comment') AS comment_before,
    json_extract(c.after, '$.status_comment') AS comment_after,
    json_extract(r.fields, '$.url') AS url,
    g.decision AS decision,
    g.topics AS topics,
    c.before AS before_json,
    c.after AS after_json,
    c.before_sha256 AS before_sha256,
    c.after_sha256 AS after_sha256
FROM change c
JOIN record r ON r.id = c.record_id
JOIN source s ON s.id = c.source_id
LEFT JOIN routing g ON g.change_id = c.id;
CREATE VIEW v_records AS
SELECT
    r.id AS id,
    s.key AS source,
    r.kind AS kind,
    r.key AS record_key,
    json_extract(r.fields, '$.report_number') AS report_number,
    coalesce(json_extract(r.fields, '$.report_title'), json_extract(r.fields, '$.title')) AS title,
    json_extract(r.fields, '$.recommendation') AS recommendation,
    json_extract(r.fields, '$.agency') AS agency,
    r.status AS status,
    json_extract(r.fields, '$.status_text') AS status_text,
    json_extract(r.fields, '$.status_comment') AS status_comment,
    json_extract(r.fields, '$.agreement') AS agreement,
    CASE CAST(json_extract(r.fields, '$.priority') AS VARCHAR) WHEN 'true' THEN 1 WHEN '1' THEN 1 ELSE 0 END AS priority,
    json_extract(r.fields, '$.issue_date') AS issue_date,
    json_extract(r.fields, '$.fiscal_year') AS fiscal_year,
    json_extract(r.fields, '$.topics') AS topics,
    json_extract(r.fields, '$.director') AS director,
    json_extract(r.fields, '$.url') AS url,
    CASE WHEN r.listed THEN 1 ELSE 0 END AS listed,
    CASE WHEN r.listed AND r.status IN ('open', 'open_partially_addressed') THEN 1 ELSE 0 END AS open_now,
    r.due AS due,
    r.first_seen_at AS first_seen_at,
    r.changed_at AS changed_at,
    r.unlisted_at AS unlisted_at,
    r.snapshot_sha256 AS snapshot_sha256
FROM record r
JOIN source s ON s.id = r.source_id;
CREATE VIEW v_status_history AS
WITH versions AS (
    SELECT
        v.id AS version_id,
        v.record_id AS record_id,
        v.seen_at AS seen_at,
        json_extract(v.fields, '$.status') AS status,
        json_extract(v.fields, '$.status_text') AS status_text,
        v.snapshot_sha256 AS snapshot_sha256
    FROM record_version v
),
compared AS (
    SELECT
        versions.*,
        row_number() OVER (PARTITION BY record_id ORDER BY version_id) AS number,
        lag(status) OVER (PARTITION BY record_id ORDER BY version_id) AS former,
        lag(status_text) OVER (PARTITION BY record_id ORDER BY version_id) AS former_text
    FROM versions
),
moved AS (
    SELECT * FROM compared
    WHERE number = 1
        OR coalesce(status, '') <> coalesce(former, '')
        OR coalesce(status_text, '') <> coalesce(former_text, '')
)
SELECT
    r.id AS record_id,
    s.key AS source,
    r.key AS record_key,
    json_extract(r.fields, '$.agency') AS agency,
    m.status AS status,
    m.status_text AS status_text,
    m.seen_at AS seen_at,
    lead(m.seen_at) OVER (PARTITION BY m.record_id ORDER BY m.version_id) AS until_at,
    m.snapshot_sha256 AS snapshot_sha256
FROM moved m
JOIN record r ON r.id = m.record_id
JOIN source s ON s.id = r.source_id
WHERE r.kind = 'recommendation';
CREATE INDEX ix_record_first_seen ON record (source_id, first_seen_at);
CREATE INDEX ix_record_version_seen ON record_version (seen_at, record_id);
CREATE INDEX ix_correction_source_id ON correction (source_id);
CREATE INDEX ix_correction_record_id ON correction (record_id);
CREATE INDEX ix_correction_change_id ON correction (change_id);
CREATE INDEX ix_document_due ON document (source_id, due_at);
CREATE INDEX ix_document_sha256 ON document (sha256);
CREATE INDEX ix_document_text_sha256 ON document (text_sha256);
COMMIT;

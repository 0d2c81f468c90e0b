-- A file of version 3, made by the release that kept it with GRDB: two sessions open when it was killed, one over.
PRAGMA application_id = 1098273388; -- .dump leaves it out
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('1');
INSERT INTO grdb_migrations VALUES('2');
INSERT INTO grdb_migrations VALUES('3');
CREATE TABLE session (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  session TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  relay TEXT NOT NULL,
  intendedAt INTEGER NOT NULL,
  subject TEXT,
  intendedIdleMs INTEGER,
  owner TEXT NOT NULL,
  fence INTEGER NOT NULL,
  state TEXT NOT NULL,
  handle TEXT,
  terms TEXT,
  secrets TEXT NOT NULL,
  openedAt INTEGER,
  describedAt INTEGER,
  connectedAt INTEGER,
  lastActiveAt INTEGER NOT NULL,
  highestSpeak INTEGER,
  reason TEXT,
  failedCloses INTEGER NOT NULL,
  ending TEXT
, endedAt INTEGER, iceState TEXT, dataChannel TEXT);
INSERT INTO session VALUES(1,'0cuxv30PxqI5ApAPebbg7g','did','HGN05tM6ScHyQ319SrNiUw',1796046416440,NULL,300000,'HGN05tM6ScHyQ319SrNiUw',1,'open','{"contract":"talks","id":"strm_CqCFYpvlj6P0i1QPgNzOS4SK","routing":"AWSALB=7AKuxSW2cYEbbB4UCHV7yTcHbrU16SETu3ZJ+GTXbIabrEe+EJZNtpFv4C0E+tVAml6FZfW8uDoMUfLWdlI6+kaPiwbP79Ne2IXFf0vLbhVABMQpfOUTxQxqm\/tdSiEW; Expires=Thu, 14 Aug 2025 15:15:53 GMT; Path=\/; AWSALBCORS=7AKuxSW2cYEbbB4UCHV7yTcHbrU16SETu3ZJ+GTXbIabrEe+EJZNtpFv4C0E+tVAml6FZfW8uDoMUfLWdlI6+kaPiwbP79Ne2IXFf0vLbhVABMQpfOUTxQxqm\/tdSiEW; Expires=Thu, 14 Aug 2025 15:15:53 GMT; Path=\/; SameSite=None; Secure"}','{"canExtend":false,"idleLimitMs":300000,"interrupt":"none","negotiation":"providerOffers","takesAudio":true,"takesSSML":true}','["de1c7675ec6c9e05ccacfb6d33b4269c9fda77dd76aba5b1a277c695a747aade"]',1796046416521,1796046416554,1796046416561,1796046416570,6,NULL,0,NULL,NULL,'connected',NULL);
INSERT INTO session VALUES(2,'quGYtiQ1lYuHft4OQjOhug','heygen','HGN05tM6ScHyQ319SrNiUw',1796046416597,NULL,180000,'HGN05tM6ScHyQ319SrNiUw',1,'open','{"contract":"v1","id":"fbd17de1-212f-1880-a5d7-9c49fc73b36c","routing":""}','{"canExtend":true,"idleLimitMs":180000,"interrupt":"relay","lifetimeMs":600000,"negotiation":"providerOffers","takesAudio":false,"takesSSML":false}','["f3360b73ce04b228d88e8f7aae4a47eddada5c7289fd0bbbc2c8b370de359cde"]',1796046416604,1796046416615,1796046416623,1796046416630,6,NULL,0,NULL,NULL,'connected',NULL);
INSERT INTO session VALUES(3,'msb-NLOLilYowqpzG2tFAA','did','HGN05tM6ScHyQ319SrNiUw',1796046416637,NULL,300000,'HGN05tM6ScHyQ319SrNiUw',1,'ended','{"contract":"talks","id":"strm_JA0PWmxtmFf7Mbs_58JUNWml","routing":""}','{"canExtend":false,"idleLimitMs":300000,"interrupt":"none","negotiation":"providerOffers","takesAudio":true,"takesSSML":true}','["f7697ec6be915ca751b47a911bd45f6f8d26c097f21c70110f38ed2f38129e48"]',1796046416647,1796046416692,1796046416708,1796046416711,5,'client',0,'closed',1796046416744,'connected',NULL);
CREATE TABLE speak (
  session TEXT NOT NULL REFERENCES session (session) ON DELETE CASCADE,
  request INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  at INTEGER NOT NULL,
  outcome TEXT,
  PRIMARY KEY (session, request)
) WITHOUT ROWID;
INSERT INTO speak VALUES('0cuxv30PxqI5ApAPebbg7g',5,1,'870f78ba6449897dba1706a22f46256b',1796046416564,'{"spoken":{"durationMs":866,"talk":"tlk_dvFPewuMaFLCLzIqhZpMZ"}}');
INSERT INTO speak VALUES('0cuxv30PxqI5ApAPebbg7g',6,2,'88df331d0a344254a0d8d969862658b3',1796046416570,'{"spoken":{"durationMs":800,"talk":"tlk_B_UE6CJjtXQa5umREOkPV"}}');
INSERT INTO speak VALUES('msb-NLOLilYowqpzG2tFAA',5,1,'01b9bc81dfa621f8ac6d7420f450ebcc',1796046416711,'{"spoken":{"durationMs":266,"talk":"tlk_J22zgglOHAUZSWnvHIgRb"}}');
INSERT INTO speak VALUES('quGYtiQ1lYuHft4OQjOhug',5,1,'3dce0ef2a9ce4d3f75921c3e811b8f09',1796046416625,'{"spoken":{"durationMs":866,"talk":"2acbf830-50b0-1d9f-a018-6ad81231d7be"}}');
INSERT INTO speak VALUES('quGYtiQ1lYuHft4OQjOhug',6,2,'e30454cb563be71d3f324d3525b0de93',1796046416630,'{"spoken":{"durationMs":800,"talk":"ef993f90-b25c-149d-af0f-47b35abbdbef"}}');
CREATE TABLE account (day INTEGER PRIMARY KEY, milliseconds INTEGER NOT NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('session',3);
CREATE INDEX unended ON session (provider) WHERE state <> 'ended';
CREATE INDEX ended ON session (ordinal) WHERE state = 'ended';
COMMIT;

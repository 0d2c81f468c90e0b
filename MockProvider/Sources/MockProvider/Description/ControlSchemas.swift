// Describes the bodies of the control surface.
import Basics
import MockPeer
import StrictJSON

/// Schemas by name; what is answered is described whole, so that a member that nobody described is found.
enum ControlSchemas {
  static var all: [(String, JSONValue)] {
    [
      ("Done", Schema.record([("status", Schema.constant("ok"))])),
      ("Refusal", refusal), ("Settings", settings), ("Errors", errors), ("Sessions", sessions), ("Session", session),
      ("SessionMedia", sessionMedia), ("Track", track), ("Journal", journal), ("Entry", entry), ("Faults", faults),
      ("Fault", fault), ("FaultWanted", faultWanted), ("Clock", clock), ("Advance", advance), ("Media", media),
      ("MediaWanted", mediaWanted), ("Conditions", conditions), ("Scenarios", scenarios), ("Match", match), ("Expected", expected),
      ("Order", order), ("Wait", wait), ("Unmet", unmet), ("SessionsWanted", sessionsWanted), ("OpenSessions", openSessions),
      ("MessageFaults", messageFaults), ("MessageFault", messageFault), ("Where", whereMet),
    ] + AnswerSchemas.all
  }

  private static let refusal = Schema.record([
    (
      "error",
      Schema.record([
        ("code", Schema.choice(of: AdminRefusal.Code.self)),
        ("message", Schema.string(about: "What is wrong, in words")),
      ])
    )
  ])

  private static let errors = Schema.record([("did", table), ("heygen", table)])
  private static let table = Schema.array(
    of: Schema.record([
      ("name", Schema.string(about: "By which a fault asks for it")), ("status", Schema.integer(in: 400...599)),
      ("body", Schema.anyObject), ("source", Schema.string(about: "Where status, code and words are from")),
      ("date", Schema.string(pattern: "^[0-9]{4}-[0-9]{2}$", about: "Year and month of the source")),
    ]))

  // MARK: - Settings

  private static let settings = Schema.record([
    ("demandsKey", Schema.boolean()), ("maximumSessions", Schema.count()), ("slotReleaseDelayMs", Schema.count()),
    ("lenient", Schema.boolean()), ("strict", Schema.boolean()), ("didIdleMs", Schema.count()),
    ("heygenIdleMs", Schema.count()), ("heygenLifetimeMs", Schema.count()),
    ("didReplies", Schema.choice(of: MockConfiguration.DIDReplies.self)),
    ("didDeleteReply", Schema.choice(of: MockConfiguration.DIDDeleteReply.self)),
    ("heygenReplies", Schema.choice(of: MockConfiguration.HeyGenReplies.self)),
    ("iceServers", Schema.choice(of: MockConfiguration.IceServers.self)), ("unknownNamePrefix", Schema.string()),
    ("talkStartDelayMs", Schema.count()), ("charactersPerSecond", Schema.count()),
    ("seed", Schema.string(pattern: "^[0-9]+$", about: "A number of 64 bits, which JSON's readers may not have")),
    ("media", Schema.choice(of: MockConfiguration.Media.self)), ("rtcPort", Schema.count()),
    ("rtcAdvertise", Schema.array(of: Schema.string())), ("rtcFramesPerSecond", Schema.count()),
    ("voice", Schema.choice(of: MockConfiguration.Voice.self)), ("mediaFolders", Schema.count()),
    ("allowedOrigins", Schema.array(of: Schema.string())), ("allowsAdministrators", Schema.boolean()),
  ])

  // MARK: - Sessions

  private static let sessions = Schema.record([
    ("open", Schema.record([("did", Schema.count()), ("heygen", Schema.count())])),
    ("sessions", Schema.array(of: Schema.named("Session"))),
  ])

  private static let session = Schema.object(
    [
      ("vendor", Schema.choice(of: Vendor.self)),
      ("contract", Schema.string(about: "`talks`, `clips`, `agents/{id}`, `v1` or `v2`")), ("id", Schema.string()),
      ("state", Schema.choice(["new", "connecting", "connected", "disconnected", "ended"])),
      ("endCause", Schema.choice(["closed", "idle", "lifetime", "lost"])),
      ("holdsSlot", Schema.boolean(about: "Whether it counts against the cap of sessions")),
      ("candidates", Schema.count(about: "How many were posted")), ("endOfCandidates", Schema.boolean()),
      ("expiresInMs", Schema.integer(about: "Until a limit ends it if nothing more is heard")),
      ("options", Schema.anything), ("talks", Schema.array(of: talk)), ("media", Schema.named("SessionMedia")),
    ],
    required: ["vendor", "contract", "id", "state", "holdsSlot", "candidates", "endOfCandidates", "options", "talks"],
    .closed)

  private static let talk = Schema.record([
    ("id", Schema.string()), ("phase", Schema.choice(["queued", "speaking", "ended", "interrupted"])),
    ("durationMs", Schema.count()),
  ])

  private static let sessionMedia = Schema.object(
    [
      ("state", Schema.choice(["offered", "answered", "securing", "connected", "failed", "closed"])),
      ("failure", Schema.string()), ("remote", Schema.orNull(Schema.string())),
      ("videoCodec", Schema.orNull(Schema.choice(of: PeerVideoCodec.self))), ("width", Schema.count()),
      ("height", Schema.count()), ("bitrate", Schema.count()), ("channel", Schema.boolean()), ("events", Schema.count()),
      ("missedFrames", Schema.count()), ("leaps", Schema.count()), ("video", Schema.named("Track")),
      ("audio", Schema.named("Track")), ("keyFrameRequests", Schema.count()),
      ("roundTripMs", Schema.orNull(Schema.number())), ("bandwidth", Schema.orNull(Schema.count())),
      ("impairedDatagrams", Schema.count()),
    ],
    required: [
      "state", "remote", "videoCodec", "width", "height", "bitrate", "channel", "events", "missedFrames", "leaps", "video",
      "audio", "keyFrameRequests", "roundTripMs", "bandwidth", "impairedDatagrams",
    ], .closed)

  private static let track = Schema.record([
    ("packets", Schema.count()), ("bytes", Schema.count()), ("frames", Schema.count()), ("resent", Schema.count()),
    ("loss", Schema.number()),
  ])

  // MARK: - Journal

  private static let journal = Schema.record([
    ("total", Schema.count(about: "Entries since the start, forgotten ones included")),
    ("requests", Schema.array(of: Schema.named("Entry"), about: "At most \(Journal.entryLimit)")),
  ])

  private static let entry = Schema.object(
    [
      ("number", Schema.integer(in: 1...Int64.max)), ("timeMs", Schema.count(about: "Since the start, by the mock's clock")),
      ("method", Schema.string()), ("path", Schema.string(about: "Without the query; cut to 512 characters")),
      ("call", Schema.orNull(Schema.choice(of: CallName.self))),
      ("status", Schema.orNull(Schema.integer(in: 0...599, about: "0 where the connection was dropped"))),
      ("answeredMs", Schema.orNull(Schema.count(about: "When the answer left"))), ("session", Schema.orNull(Schema.string())),
      ("headers", ["type": "object", "description": "Secrets as fingerprints"]),
      ("text", Schema.string(about: "What is to be spoken")),
      ("body", ["description": "Without secrets; of a long one only `bytes`, its length"]),
      ("note", Schema.string(about: "Why the call was refused")),
      ("nearest", Schema.string(about: "The most similar route of an unknown request")),
      ("faulted", Schema.constant(true)),
    ], required: ["number", "timeMs", "method", "path", "call", "status", "answeredMs", "session", "headers", "body"], .closed)

  // MARK: - Faults

  private static let faults = Schema.record([
    ("state", Schema.string(about: "Which `newState` a fault has set last")), ("faults", Schema.array(of: Schema.named("Fault"))),
  ])

  private static let anyCall: JSONValue = Schema.choice(CallName.allCases.map(\.rawValue) + ["did.*", "heygen.*", "*"])
  private static let calls: JSONValue = Schema.choice(
    CallName.allCases.map(\.rawValue) + ["did.*", "heygen.*", "*"], about: "Which calls it takes")

  private static let faultMembers: [(String, JSONValue)] = [
    ("call", calls), ("times", Schema.integer(in: 1...Int64(Fault.mostTimes), default: 1, about: "How many calls it takes")),
    ("skip", Schema.integer(in: 0...Int64(Fault.mostTimes), default: 0, about: "How many matching calls pass first")),
    ("session", Schema.string(bytes: 1...256, about: "Only calls about this session")),
    (
      "delayMs",
      Schema.integer(in: 0...Fault.longestDelay.milliseconds, default: 0, about: "How long the answer waits, on the mock's clock")
    ),
    ("takesEffect", Schema.boolean(about: "Whether the call is carried out although its answer is replaced")),
    ("after", anyCall), ("where", Schema.named("Where")), ("inState", Schema.string(bytes: 1...64)),
    ("newState", Schema.string(bytes: 1...64)),
    ("reorder", Schema.boolean(about: "Whether the next answer on the same WebSocket leaves first")),
  ]

  private static let headers: JSONValue = [
    "type": "object", "maxProperties": 8, "propertyNames": ["pattern": "^[0-9A-Za-z!#$%&'*+.^_`|~-]{1,64}$"],
    "additionalProperties": ["type": "string", "pattern": "^[ -~]{0,256}$"],
  ]
  private static let answerMembers: [(String, JSONValue)] = [
    ("status", Schema.integer(in: 200...599)), ("body", ["description": "Any JSON"]), ("headers", headers),
  ]

  private static let closeCodes = Schema.any(
    of: Fault.closeCodes.map { Schema.integer(in: Int64($0.lowerBound)...Int64($0.upperBound)) },
    about: "A WebSocket is closed with this code (RFC 6455 section 7.4), any other connection without an answer")

  /// As it is listed: what a fault does, and how often still.
  private static let fault = Schema.object(
    faultMembers + answerMembers + [
      ("error", Schema.string()), ("drop", Schema.constant(true)), ("lose", Schema.constant(true)), ("close", closeCodes),
    ], required: ["call", "times"], .closed)

  /// As it is added: one of the things that can happen to an answer. What is false is as good as absent.
  private static var faultWanted: JSONValue {
    func wanted(_ name: String, _ schema: JSONValue, calling calls: JSONValue, _ members: [(String, JSONValue)] = []) -> JSONValue {
      let effects = ["drop", "lose"].filter { $0 != name }.map { ($0, Schema.constant(false)) }
      let others = faultMembers.filter { $0.0 != "call" && $0.0 != name }
      return Schema.object(
        [("call", calls)] + others + effects + [(name, schema)] + members, required: ["call", name], .closed)
    }
    func failing(_ vendor: Vendor, _ errors: [VendorError]) -> JSONValue {
      let names = CallName.allCases.filter { $0.vendor == vendor }.map(\.rawValue) + ["\(vendor.rawValue).*"]
      return wanted(
        "error", Schema.choice(errors.map(\.name), about: "A name of /__admin/errors"), calling: Schema.choice(names))
    }
    return Schema.any(
      of: [
        failing(.did, DIDErrors.all), failing(.heygen, HeyGenErrors.all),
        wanted("status", Schema.integer(in: 200...599), calling: calls, answerMembers.filter { $0.0 != "status" }),
        wanted("drop", Schema.constant(true), calling: calls), wanted("lose", Schema.constant(true), calling: calls),
        wanted("close", closeCodes, calling: calls), wanted("newState", Schema.string(bytes: 1...64), calling: calls),
        wanted("reorder", Schema.constant(true), calling: calls),
        wanted("delayMs", Schema.integer(in: 1...Fault.longestDelay.milliseconds), calling: calls),
      ],
      about: """
        A vendor's own error, any answer, no answer, the end of the connection, another order or a mere delay. At most \
        \(FaultList.faultLimit) wait at once.
        """)
  }

  // MARK: - Clock and media

  private static let clock = Schema.record([
    ("elapsedMs", Schema.count(about: "Since the start, or the last reset")), ("running", Schema.boolean()),
  ])
  private static var advance: JSONValue {
    let members = [
      ("advanceMs", Schema.integer(in: 0...ClockMove.longest.milliseconds)), ("running", Schema.boolean()),
    ]
    return Schema.any(of: members.map { Schema.object(members, required: [$0.0], .closed) })
  }

  private static let media = Schema.record([
    ("media", Schema.choice(of: MockConfiguration.Media.self)), ("voice", Schema.orNull(Schema.string())),
    ("conditions", Schema.named("Conditions")),
    ("candidates", Schema.array(of: Schema.string(), about: "Addresses and ports that offers name")),
    ("counters", Schema.orNull(["type": "object", "additionalProperties": Schema.count()])),
  ])

  private static let longestDelay = Impairment.maximumDelay.milliseconds
  private static let path: [(String, JSONValue)] = [
    ("loss", Schema.number(in: 0...1, about: "The part of all datagrams that is lost")),
    ("delayMs", Schema.integer(in: 0...longestDelay)), ("jitterMs", Schema.integer(in: 0...longestDelay)),
    ("reorder", Schema.number(in: 0...1)),
    ("bandwidth", Schema.integer(in: 1...Int64(Int32.max), about: "In bits a second")),
    ("direction", Schema.choice(["both", "out", "in"])), ("seed", Schema.integer(in: 0...Int64.max)),
  ]
  private static let peer: [(String, JSONValue)] = [
    ("stun", Schema.choice(["answer", "silent"])), ("dtls", Schema.choice(["agree", "fail"])),
  ]

  private static let conditions = Schema.record(
    peer + path.map { $0.0 == "bandwidth" ? ($0.0, Schema.orNull($0.1)) : $0 })

  private static let mediaWanted = Schema.any(
    of: [
      Schema.object(peer + path, .closed, about: "Of sessions that are created from now on"),
      Schema.object(
        path + [
          ("session", Schema.string(bytes: 1...256, about: "An open one; 400 for any other")),
          ("stun", Schema.constant("answer")), ("dtls", Schema.constant("agree")),
        ], required: ["session"], .closed, about: "Of one session, at once"),
    ], about: "What is left out is as it should be")

  // MARK: - Scenarios, matches and messages

  private static let scenarios = Schema.record([
    (
      "scenarios",
      Schema.array(
        of: Schema.record([
          ("name", Schema.string()), ("open", Schema.count(about: "Open sessions")), ("requests", Schema.count()),
          ("elapsedMs", Schema.count()), ("running", Schema.boolean()),
        ]))
    )
  ])

  private static let whereMet: JSONValue = [
    "type": ["object", "null"], "maxProperties": .integer(Int64(CallMatch.conditionLimit)),
    "description": "Paths into an entry of the journal, each with what is there",
    "propertyNames": ["pattern": "^[a-z]{1,12}([.][a-z]{1,12}){0,3}$"],
    "additionalProperties": Schema.any(of: [
      ["type": ["string", "number", "boolean", "null", "array"]], Schema.record([("equals", Schema.anything)]),
      Schema.record([("contains", Schema.anything)]),
      Schema.record([("pattern", Schema.string(pattern: "^[a-z]{0,12}$", about: "A regular expression without lookaround"))]),
      Schema.record([("present", Schema.boolean())]),
    ]),
  ]
  private static let matching: [(String, JSONValue)] = [("call", anyCall), ("where", Schema.named("Where"))]
  private static let stage = ("stage", Schema.choice(of: CallStage.self))
  private static let patience = (
    "timeoutMs",
    Schema.integer(
      in: 0...AdminRequest.longestPatience.milliseconds, default: AdminRequest.patience.milliseconds,
      about: "By the machine's clock")
  )
  private static let entries = 0...Int64(Journal.entryLimit)

  private static let match = Schema.object(matching, .closed)
  private static let expected = Schema.any(
    of: [
      Schema.object(matching + [("count", Schema.integer(in: entries)), stage], .closed),
      Schema.object(
        matching + [("atLeast", Schema.integer(in: entries)), ("atMost", Schema.integer(in: entries)), stage], .closed),
    ], about: "At least one call where no number is given; `atLeast` is no more than `atMost`")
  private static let order = Schema.object(
    [
      (
        "calls",
        [
          "type": "array", "minItems": 1, "maxItems": .integer(Int64(CallExpectation.orderLimit)),
          "items": Schema.any(of: [anyCall, Schema.named("Match")]),
        ]
      ), stage,
    ], required: ["calls"], .closed)
  private static let wait = Schema.object(
    matching + [("count", Schema.integer(in: 1...Int64(Journal.entryLimit), default: 1)), stage, patience], .closed)

  private static let sessionsWanted = Schema.object(
    [
      ("open", Schema.integer(in: 0...Int64(MockConfiguration.maximumSessionsLimit), default: 0)),
      ("vendor", Schema.choice(of: Vendor.self)), patience,
    ], .closed)
  private static let openSessions = Schema.record([("sessions", Schema.array(of: Schema.named("Session")))])

  private static let unmet = Schema.object(
    [
      (
        "error",
        Schema.record([("code", Schema.constant("unmet")), ("message", Schema.string(about: "What was expected, and what came nearest"))])
      ), ("total", Schema.count()), ("requests", Schema.array(of: Schema.named("Entry"))),
      ("sessions", Schema.array(of: Schema.named("Session"))),
      (
        "nearest",
        Schema.array(
          of: Schema.record([
            ("request", Schema.named("Entry")), ("obstacles", Schema.array(of: Schema.string())),
          ]))
      ),
    ], required: ["error"], .closed)

  private static let messageFaults = Schema.record([("faults", Schema.array(of: Schema.named("MessageFault")))])
  private static var messageFault: JSONValue {
    let members: [(String, JSONValue)] = [
      ("message", Schema.choice(ChannelEvent.allCases.map(\.rawValue) + ["*"])),
      ("session", Schema.string(bytes: 1...256)), ("times", Schema.integer(in: 1...Int64(Fault.mostTimes), default: 1)),
      ("skip", Schema.integer(in: 0...Int64(Fault.mostTimes), default: 0)),
    ]
    return Schema.any(of: [
      Schema.object(
        members + [("fate", Schema.choice(["lost", "twice", "swapped"]))], required: ["message", "fate"], .closed),
      Schema.object(
        members + [
          ("fate", Schema.constant("late")), ("delayMs", Schema.integer(in: 1...Fault.longestDelay.milliseconds)),
        ], required: ["message", "fate", "delayMs"], .closed),
    ])
  }
}

// Describes what the mock answers for D-ID, as it is set up.
import StrictJSON

/// D-ID's streams as an OpenAPI document.
struct DIDDescription {
  let configuration: MockConfiguration

  private typealias Operation = APIDescription.Operation
  private typealias Answer = APIDescription.Answer

  var document: JSONValue {
    let schemas = DIDSchemas(configuration: configuration)
    return APIDescription(
      title: "Avatar Relay mock provider: D-ID",
      about: """
        The streams of talks, clips and agents, and agents' chats, as this mock answers them, which is not a document of D-ID's. Any key will do, \
        unless --key names one. Bodies are read as JSON whatever their media type is said to be; an empty body is an empty \
        object, null is as good as absent, and "true" and "0.5" are taken for a boolean and a number. A route that is not \
        here is answered as D-ID's gateway does: 403. Faults may bring answers of any status, body and header fields, rules for \
        agents' answers any of D-ID's errors. The WebSocket at `/` takes the calls of streams as messages and tells what agents \
        answer, which OpenAPI has no words for.
        """,
      security: [
        ("Basic", ["type": "http", "scheme": "basic"]), ("Bearer", ["type": "http", "scheme": "bearer"]),
        (
          "ClientKey",
          [
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`Client-Key` and a key, which may have a `.` and an id of the page's own behind it",
          ]
        ),
      ],
      operations: ["talks", "clips", "agents/{agent}"].flatMap { operations(under: $0) } + agents, schemas: schemas.all
    ).document
  }

  private static let shape = [DIDErrors.badRequest, DIDErrors.validation]
  private static let access = [DIDErrors.unauthorized, DIDErrors.gatewayUnauthorized]
  private static let lookup = [DIDErrors.session, DIDErrors.notFound]

  private func operations(under prefix: String) -> [Operation] {
    let kind = prefix.split(separator: "/")[0]
    let agent: [JSONValue] = prefix.contains("{") ? [agentParameter] : []
    let stream =
      agent + [APIDescription.parameter("id", in: "path", Self.segment, about: "The stream's, of the reply to its creation")]
    func call(
      _ method: String, _ path: String, _ word: String, _ summary: String, body: String, _ success: Answer,
      _ errors: [VendorError]
    ) -> Operation {
      Operation(
        method: method, path: "/\(prefix)/streams\(path)", id: "\(kind).\(word)", summary: summary,
        parameters: path.isEmpty ? agent : stream, body: Schema.named(body), answers: [success] + VendorDescription.failures(Self.access + Self.shape + errors, of: DIDErrors.all))
    }
    let created = VendorDescription.success(201, "The stream, with an offer", Schema.named(agent.isEmpty ? "Created" : "CreatedOfAgent"))
    let noAgent = agent.isEmpty ? [] : [DIDErrors.agentNotFound, DIDErrors.expressive]
    let noActor = kind == "talks" ? [DIDErrors.invalidActorURL] : []
    return [
      call(
        "POST", "", "create", "Opens a stream", body: "CreateOf\(kind.capitalized)", created,
        [DIDErrors.maxUserSessions, DIDErrors.unknown] + noAgent + noActor),
      call(
        "POST", "/{id}/sdp", "sdp", "Takes the browser's answer", body: "Answer",
        VendorDescription.success(200, "Taken", Schema.named("Answered")), Self.lookup + [DIDErrors.unknown]),
      call(
        "POST", "/{id}/ice", "ice", "Takes a candidate, or their end", body: "Candidate",
        VendorDescription.success(200, "Taken", Schema.named("Taken")), Self.lookup),
      call(
        "POST", "/{id}", "speak", "Has something said", body: kind == "talks" ? "Speak" : "SpeakOfClip",
        VendorDescription.success(200, "It will be said", Schema.named("Started")),
        Self.lookup + [DIDErrors.streamError, DIDErrors.tooManyRequests]),
      call("DELETE", "/{id}", "delete", "Ends a stream", body: "Delete", deleted, Self.lookup),
    ]
  }

  private var agentParameter: JSONValue {
    APIDescription.parameter(
      "agent", in: "path", Self.segment,
      about: """
        None exists whose name begins with `\(configuration.unknownNamePrefix)`; one with `expressive` in it has no streams
        """)
  }

  /// What D-ID's client SDK calls beside streams.
  private var agents: [Operation] {
    func call(
      _ method: String, _ path: String, _ word: String, _ summary: String, values: [(String, String)] = [], body: String? = nil,
      _ success: Answer?, _ errors: [VendorError]
    ) -> Operation {
      let parameters = values.map { APIDescription.parameter($0.0, in: "path", Self.segment, about: $0.1) }
      let shape = body == nil ? [] : Self.shape
      let answers = VendorDescription.failures(Self.access + shape + errors, of: DIDErrors.all)
      return Operation(
        method: method, path: path, id: "agents.\(word)", summary: summary,
        parameters: (path.contains("{agent}") ? [agentParameter] : []) + parameters, body: body.map { Schema.named($0) },
        answers: (success.map { [$0] } ?? []) + answers)
    }
    func done(_ status: Int, _ about: String, _ schema: String) -> Answer {
      VendorDescription.success(status, about, Schema.named(schema))
    }
    let (chat, rating) = (("chat", "Of the reply to its creation"), ("rating", "Of the reply to its creation"))
    let noAgent = [DIDErrors.agentNotFound]
    let noChat = noAgent + [DIDErrors.chatNotFound]
    let noRating = noChat + [DIDErrors.ratingNotFound]
    let path = "/agents/{agent}"
    return [
      call("GET", path, "get", "Tells who an agent is", done(200, "Its profile", "Agent"), noAgent),
      call("GET", path + "/runtime", "runtime", "Tells a client who an agent is", done(200, "Its profile", "Agent"), noAgent),
      call(
        "GET", path + "/stt-token", "speechToken", "Gives out a token for speech recognition", done(200, "One", "SpeechToken"),
        noAgent),
      call(
        "POST", "/agents/client-key", "clientKey", "Gives out a key for pages", body: "ClientKeyWanted",
        done(201, "A key; the mock does not ask of pages to be of its domains", "ClientKey"), []),
      call("POST", path + "/chat", "newChat", "Begins a chat", body: "NewChat", done(201, "The chat", "Chat"), noAgent),
      call(
        "POST", path + "/chat/{chat}", "chat", "Asks an agent", values: [chat], body: "Question",
        done(200, "It will answer, or has answered", "Reply"),
        noChat + Self.lookup + [DIDErrors.streamError, DIDErrors.tooManyRequests]),
      call(
        "POST", path + "/chat/{chat}/ratings", "createRating", "Rates an answer", values: [chat], body: "NewRating",
        done(201, "The rating", "Rating"), noChat),
      call(
        "PATCH", path + "/chat/{chat}/ratings/{rating}", "updateRating", "Rates an answer otherwise", values: [chat, rating],
        body: "RatingChange", done(200, "The rating", "Rating"), noRating),
      call(
        "DELETE", path + "/chat/{chat}/ratings/{rating}", "deleteRating", "Takes a rating back", values: [chat, rating],
        done(200, "What it was", "Rating"), noRating),
      call(
        "POST", path + "/chat/{chat}/feedback", "feedback", "Rates a chat", values: [chat], body: "NewFeedback",
        done(201, "Taken", "Feedback"), noChat),
      call(
        "POST", "/v2" + path + "/sessions", "openRoom", "Refuses a room of LiveKit's, which expressive agents need", nil,
        noAgent + [DIDErrors.expressive]),
    ]
  }

  private var deleted: Answer {
    // A bare nil would be JSON's null.
    let body: JSONValue? = configuration.didDeleteReply == .nothing ? .none : .some(Schema.named("Deleted"))
    return VendorDescription.success(200, "Ended", body)
  }

  /// Whatever is not empty and has no slash.
  private static let segment = Schema.string(pattern: "^[^/]+$")
}

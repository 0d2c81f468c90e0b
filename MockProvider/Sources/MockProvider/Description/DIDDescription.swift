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
        The streams of talks, clips and agents as this mock answers them, which is not a document of D-ID's. Any key will do, \
        unless --key names one. Bodies are read as JSON whatever their media type is said to be; an empty body is an empty \
        object, null is as good as absent, and "true" and "0.5" are taken for a boolean and a number. A route that is not \
        here is answered as D-ID's gateway does: 403. Faults may bring answers of any status, body and header fields. The \
        WebSocket at `/` takes the same calls as messages, which OpenAPI has no words for.
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
      operations: ["talks", "clips", "agents/{agent}"].flatMap { operations(under: $0) }, schemas: schemas.all
    ).document
  }

  private static let shape = [DIDErrors.badRequest, DIDErrors.validation]
  private static let access = [DIDErrors.unauthorized, DIDErrors.gatewayUnauthorized]
  private static let lookup = [DIDErrors.session, DIDErrors.notFound]

  private func operations(under prefix: String) -> [Operation] {
    let kind = prefix.split(separator: "/")[0]
    let agent: [JSONValue] =
      prefix.contains("{")
      ? [
        APIDescription.parameter(
          "agent", in: "path", Self.segment,
          about: "None exists whose name begins with `\(configuration.unknownNamePrefix)`")
      ] : []
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
    let noAgent = agent.isEmpty ? [] : [DIDErrors.agentNotFound]
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

  private var deleted: Answer {
    // A bare nil would be JSON's null.
    let body: JSONValue? = configuration.didDeleteReply == .nothing ? .none : .some(Schema.named("Deleted"))
    return VendorDescription.success(200, "Ended", body)
  }

  /// Whatever is not empty and has no slash.
  private static let segment = Schema.string(pattern: "^[^/]+$")
}

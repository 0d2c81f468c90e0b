// Describes what the mock answers for HeyGen, as it is set up.
import StrictJSON

/// HeyGen's streaming API as an OpenAPI document.
struct HeyGenDescription {
  let configuration: MockConfiguration

  private typealias Operation = APIDescription.Operation
  private typealias Answer = APIDescription.Answer

  var document: JSONValue {
    APIDescription(
      title: "Avatar Relay mock provider: HeyGen",
      about: """
        HeyGen's streaming API as this mock answers it, which is not a document of HeyGen's. Any key will do, unless --key \
        names one; a token opens one session. Bodies are read as JSON whatever their media type is said to be; an empty body is \
        an empty object, null is as good as absent. A route that is not here is answered 404. Faults may bring answers of \
        any status, body and header fields.
        """,
      security: [
        ("Key", ["type": "apiKey", "in": "header", "name": "X-Api-Key"]),
        ("Token", ["type": "http", "scheme": "bearer", "description": "Of streaming.create_token"]),
      ],
      operations: opening + ofSession + lists, schemas: HeyGenSchemas(configuration: configuration).all
    ).document
  }

  private static let access = [HeyGenErrors.unauthorized, HeyGenErrors.invalidToken]
  private static let shape = [HeyGenErrors.missingParameters, HeyGenErrors.invalidParameter]
  private static let lookup = shape + [HeyGenErrors.sessionNotFound, HeyGenErrors.stateClosed]

  private func call(
    _ method: String, _ path: String, _ id: String, _ summary: String, parameters: [JSONValue] = [], body: String? = nil,
    needsBody: Bool = true, _ about: String, _ reply: String, _ errors: [VendorError] = []
  ) -> Operation {
    Operation(
      method: method, path: path, id: id, summary: summary, parameters: parameters,
      body: body.map { Schema.named($0) }, needsBody: needsBody,
      answers: [VendorDescription.success(200, about, Schema.named(reply))]
        + VendorDescription.failures(Self.access + errors, of: HeyGenErrors.all))
  }

  private var opening: [Operation] {
    [
      call(
        "POST", "/v1/streaming.create_token", "createToken", "Makes a token, for a key alone", "The token", "Token"),
      call(
        "POST", "/v1/streaming.new", "new", "Opens a session", body: "New", needsBody: false, "The session, with an offer",
        "Opened", Self.shape + [HeyGenErrors.concurrentLimit, HeyGenErrors.avatarNotFound, HeyGenErrors.internalError]),
    ]
  }

  private func ofSession(
    _ word: String, _ id: String, _ summary: String, body: String = "OfSession", reply: String = "Done",
    _ errors: [VendorError] = []
  ) -> Operation {
    call("POST", "/v1/streaming.\(word)", id, summary, body: body, "Done", reply, Self.lookup + errors)
  }

  private var ofSession: [Operation] {
    [
      ofSession(
        "start", "start", "Takes the browser's answer", body: "Start",
        [HeyGenErrors.badAnswer, HeyGenErrors.stateConnecting]),
      ofSession("ice", "ice", "Takes a candidate, or their end", body: "Candidate"),
      ofSession(
        "task", "task", "Has something said", body: "Task", reply: "Tasked",
        [HeyGenErrors.wrongState, HeyGenErrors.textToSpeech, HeyGenErrors.rateLimit]),
      ofSession("interrupt", "interrupt", "Stops what is said", [HeyGenErrors.wrongState]),
      ofSession("stop", "stop", "Ends a session"),
      ofSession("keep_alive", "keepAlive", "Puts the idle limit off"),
      ofSession("start_listening", "startListening", "Finds the session alive"),
      ofSession("stop_listening", "stopListening", "Finds the session alive"),
    ]
  }

  private var lists: [Operation] {
    func page(_ name: String) -> JSONValue {
      APIDescription.parameter(
        name, in: "query", Schema.string(pattern: "^0?$"),
        about: "Where the page begins: `next_pagination_token` of the page before; 400 for any other")
    }
    return [
      call("GET", "/v1/streaming.list", "list", "The open sessions", "All of them", "List"),
      call(
        "GET", "/v2/streaming.list", "listV2", "The open sessions by pages of 100",
        parameters: [page("token"), page("next_pagination_token")], "A page", "Page", [HeyGenErrors.invalidParameter]),
      call("GET", "/v1/streaming/avatar.list", "avatarList", "Some avatars", "The list", "Avatars"),
    ]
  }
}

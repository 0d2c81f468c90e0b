// Recognises a request as one of the vendors' calls, and carries a contract's answer or refusal back.
import Basics
import StrictJSON
import Wire

/// One call, ready for its vendor.
struct VendorCall {
  /// The largest body: a picture of ``MediaFile/maximumBytes`` in a `data:` URL, and what is said beside it.
  static let maximumBodyBytes = MediaSource.maximumURLBytes + (1 << 20)
  /// Of a larger one so much is read and dropped: browsers look at the answer when they have sent the body.
  static let maximumDroppedBytes = 1 << 30

  let name: CallName
  let method: String
  /// The values of the route's colon segments.
  let values: [String: String]
  /// What precedes `/streams`: `talks`, `clips` or `agents/{id}`.
  let prefix: String
  let headers: HTTPHeaders
  let query: String?
  /// The body as it was sent; an absent one is an empty object, as body parsers have it.
  let sent: Result<JSONValue, JSONSyntaxError>
  /// The body as the vendors' servers read it: null is absent, and a number without a fraction is an integer.
  let body: Result<JSONValue, JSONSyntaxError>
  /// When it is decided.
  var now: MonotonicInstant
  /// The sound of what the call asks to have spoken; nil where nothing is heard.
  var speech: PreparedSpeech?

  init(_ request: HTTPRequest, route: Route, values: [String: String], at now: MonotonicInstant) {
    name = route.call
    method = route.method
    self.values = values
    prefix = values["agent"].map { "agents/\($0)" } ?? route.segments[0]
    headers = request.headers
    query = request.query
    sent = Self.parse(request.body)
    body = sent.map { BodyReading.plain($0) }
    self.now = now
  }

  /// The session that the call says it is about, whether or not there is one.
  var namedSession: String? {
    if let id = values["id"] { return id }
    guard case .success(let body) = body else { return nil }
    return body[name == .didChat ? "streamId" : "session_id"]?.string
  }

  /// A call that came without a route.
  init(
    _ name: CallName, values: [String: String], prefix: String, headers: HTTPHeaders, body: JSONValue,
    at now: MonotonicInstant
  ) {
    self.name = name
    method = DIDSocketRoom.method
    self.values = values
    self.prefix = prefix
    self.headers = headers
    query = nil
    sent = .success(body)
    self.body = .success(BodyReading.plain(body))
    self.now = now
  }

  /// A value of the query, decoded; nil without it.
  func queryValue(_ name: String) -> String? { Self.value(of: name, in: query) }

  /// A value of a query, decoded; nil without it.
  static func value(of name: String, in query: String?) -> String? {
    PercentEncoding.value(of: name, in: query)
  }

  /// Parses a body; white space alone counts as absent.
  static func parse(_ bytes: [UInt8]) -> Result<JSONValue, JSONSyntaxError> {
    // A byte order mark, which some systems write before UTF-8 (RFC 8259 section 8.1 lets a reader ignore it).
    let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return .success(.object([:])) }
    do throws(JSONSyntaxError) { return .success(try JSONParser.parse(bytes)) } catch { return .failure(error) }
  }
}

/// Reads bodies as the vendors' servers do, which are written in languages with fewer types than JSON is sent from.
enum BodyReading {
  /// Without members that are null (pydantic and Kotlin clients write what they do not have so), and with `180.0` as the
  /// integer that it is. A `candidate` of null stays: it ends the candidates.
  static func plain(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.filter { !$0.value.isNull || $0.name == "candidate" }
            .map { .init(name: $0.name, value: plain($0.value)) }))
    case .array(let elements): .array(elements.map(plain))
    case .number(let number): Int64(exactly: number).map(JSONValue.integer) ?? value
    default: value
    }
  }

  /// With `180.0` as the integer that it is among an object's own members, but for a `body`, which is handed on as it is.
  static func withWholeNumbers(_ value: JSONValue) -> JSONValue {
    guard let object = value.object else { return value }
    return .object(
      JSONObject(
        object.members.map { member in
          guard case .number(let number) = member.value, member.name != "body", let integer = Int64(exactly: number) else {
            return member
          }
          return .init(name: member.name, value: .integer(integer))
        }))
  }

  /// The members of D-ID's bodies that are booleans and numbers.
  private static let booleans: Set = [
    "stream_warmup", "fluent", "ssml", "should_queue_speaks", "stitch", "align_driver", "auto_match", "sharpen",
    "face_occluded", "use_speaker_boost", "persist",
  ]
  private static let numbers: Set = [
    "session_timeout", "output_resolution", "pad_audio", "normalization_factor", "motion_factor",
    "align_expand_factor", "audio_optimization", "size", "detect_confidence", "sharpness", "face_occluded_confidence",
    "sdpMLineIndex", "top", "left", "bottom", "right",
  ]
  /// Members whose content is the client's own.
  private static let opaque: Set = ["metadata", "user_data"]

  /// With `"true"` for true and `"0.5"` for 0.5 where D-ID has a boolean or a number: its validator, tsoa's, takes both
  /// (lukeautry/tsoa, packages/runtime/src/routeGeneration/templateHelpers.ts).
  static func coerced(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let object):
      .object(
        JSONObject(
          object.members.map { member in
            .init(name: member.name, value: opaque.contains(member.name) ? member.value : coerced(member))
          }))
    case .array(let elements): .array(elements.map(coerced))
    default: value
    }
  }

  private static func coerced(_ member: JSONObject.Member) -> JSONValue {
    guard let text = member.value.string else { return coerced(member.value) }
    if booleans.contains(member.name), text == "true" || text == "false" { return .bool(text == "true") }
    if numbers.contains(member.name), let number = try? JSONParser.parse(text), number.double != nil {
      return plain(number)
    }
    return member.value
  }
}

/// A response, and what the journal records of it.
struct VendorAnswer {
  var response: HTTPResponse
  /// The session that the call was about.
  var session: String?
  var note: String?
  /// Whether there is no answer.
  var isDropped = false
  /// What can be said now of a talk that comes in parts, in order.
  var phrases: [StreamedPhrase] = []
  /// What an agent answers, which comes later than the reply.
  var agentAnswer: AgentAnswer?

  init(_ status: Int, _ body: JSONValue?, session: String? = nil, note: String? = nil) {
    response = HTTPResponse(status: status, json: body)
    self.session = session
    self.note = note
  }

  init(_ error: VendorError, session: String? = nil, note: String? = nil) {
    self.init(error.status, error.body, session: session, note: note)
  }
}

/// A row of a vendor's error table.
struct VendorError: Hashable {
  /// The name by which a fault asks for it.
  let name: String
  let status: Int
  var body: JSONValue
  /// The public source of the status, code and words.
  let source: String
  /// Year and month of the source.
  let date: String
}

/// A vendor's error for one call, and why the mock chose it.
struct Refusal: Error {
  let error: VendorError
  /// For the journal: what is wrong, in the mock's own words; holds nothing of the request.
  let note: String?

  init(_ error: VendorError, _ note: String? = nil) {
    self.error = error
    self.note = note
  }
}

extension HTTPResponse {
  /// A response with a JSON body; nil leaves the body empty.
  init(status: Int, json: JSONValue?) {
    self.init(
      status: status, headers: json == nil ? [:] : ["Content-Type": "application/json; charset=utf-8"],
      body: json?.serialized ?? [])
  }
}

/// Reads `body` with a reader whose paths begin at `root`, and closes it where unknown members are errors.
/// - Throws: what `refusal` makes of the first mistake.
func readingShape<Value>(
  _ body: JSONValue, at root: String, refusingUnknown: Bool,
  as refusal: (JSONShapeError) -> Refusal, _ read: (inout JSONObjectReader) throws(JSONShapeError) -> Value
) throws(Refusal) -> Value {
  do throws(JSONShapeError) {
    var reader = try JSONObjectReader(body, at: root)
    let value = try read(&reader)
    if refusingUnknown { try reader.finish() }
    return value
  } catch {
    throw refusal(error)
  }
}

/// Cross-origin headers (Fetch standard section 3.2), for every origin that is admitted (``CallerGate``).
enum CORS {
  static let fields: [(name: String, value: String)] = [
    ("Access-Control-Allow-Origin", "*"), ("Vary", "Origin"),
    ("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", "authorization, content-type, x-api-key, x-playground-chat"),
    ("Access-Control-Expose-Headers", "content-type, date, retry-after, x-mock-unmatched"),
  ]

  /// The answer to a preflight, which comes without credentials.
  static func preflight(_ request: HTTPRequest) -> HTTPResponse {
    var response = allow(HTTPResponse(status: 204))
    // Named one by one: a wildcard does not cover `authorization` (Fetch standard section 3.2.3). Pages send further ones,
    // such as `traceparent` and `sentry-trace`; whatever is asked for is allowed, if it is a list of names.
    if let asked = request.headers["Access-Control-Request-Headers"], !asked.isEmpty, asked.utf8.count <= 4096,
      asked.utf8.allSatisfy({ $0.isHTTPTokenCharacter || ", ".utf8.contains($0) })
    {
      response.headers["Access-Control-Allow-Headers"] = asked
    }
    response.headers["Access-Control-Max-Age"] = "600"
    // Chromium asks so when a public page calls a loopback address.
    if request.headers["Access-Control-Request-Private-Network"] == "true" {
      response.headers["Access-Control-Allow-Private-Network"] = "true"
    }
    return response
  }

  /// The response with the headers that let a page read it, whatever its status.
  static func allow(_ response: HTTPResponse) -> HTTPResponse {
    var response = response
    for field in fields { response.headers[field.name] = field.value }
    return response
  }
}

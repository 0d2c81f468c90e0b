// Recognises a request as one of the vendors' calls, and carries a contract's answer or refusal back.
import Basics
import StrictJSON
import Wire

/// One call, ready for its vendor.
struct VendorCall {
  let name: CallName
  /// The values of the route's colon segments.
  let values: [String: String]
  /// What precedes `/streams`: `talks`, `clips` or `agents/{id}`.
  let prefix: String
  let headers: HTTPHeaders
  let query: String?
  /// The body; an absent one counts as an empty object, as body parsers treat it.
  let body: Result<JSONValue, JSONSyntaxError>
  let now: MonotonicInstant
  /// The sound of what the call asks to have spoken; nil where nothing is heard.
  var speech: PreparedSpeech?

  init(_ request: HTTPRequest, route: Route, values: [String: String], at now: MonotonicInstant) {
    name = route.call
    self.values = values
    prefix = values["agent"].map { "agents/\($0)" } ?? route.segments[0]
    headers = request.headers
    query = request.query
    body = Self.parse(request.body)
    self.now = now
  }

  /// A value of the query, decoded; nil without it.
  func queryValue(_ name: String) -> String? {
    for pair in (query ?? "").split(separator: "&") where pair.hasPrefix(name + "=") {
      return PercentEncoding.decode(pair.dropFirst(name.count + 1))
    }
    return nil
  }

  /// Parses a body; white space alone counts as absent.
  static func parse(_ bytes: [UInt8]) -> Result<JSONValue, JSONSyntaxError> {
    if bytes.allSatisfy({ [0x20, 0x09, 0x0A, 0x0D].contains($0) }) { return .success(.object([:])) }
    do throws(JSONSyntaxError) { return .success(try JSONParser.parse(bytes)) } catch { return .failure(error) }
  }
}

/// A response, and what the journal records of it.
struct VendorAnswer {
  var response: HTTPResponse
  /// The session that the call was about.
  var session: String?
  var note: String?
  /// Whether the connection ends instead, without a byte of it.
  var isDropped = false

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

/// Cross-origin headers (Fetch standard section 3.2), for any origin: the vendors answer browsers everywhere.
enum CORS {
  private static let fields: [(name: String, value: String)] = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE, OPTIONS"),
    // Named one by one: a wildcard does not cover `authorization` (Fetch standard section 3.2.3).
    ("Access-Control-Allow-Headers", "authorization, content-type, x-api-key, x-playground-chat"),
    ("Access-Control-Expose-Headers", "content-type, date, retry-after"),
  ]

  /// The answer to a preflight, which comes without credentials.
  static func preflight(_ request: HTTPRequest) -> HTTPResponse {
    var response = allow(HTTPResponse(status: 204))
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

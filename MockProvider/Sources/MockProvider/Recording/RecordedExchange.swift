// Reads and writes one exchange with a provider in the form of the golden samples.
import StrictJSON

/// A request and its answer, as a file of `MockProvider/Contracts/*/samples` has them.
struct RecordedExchange: Hashable {
  /// What was sent one way.
  enum Body: Hashable {
    case none
    case json(JSONValue)
    /// What is no JSON, as far as it is kept.
    case text(String)
  }

  struct Request: Hashable {
    var method: String
    var path: String
    var query: String?
    /// Names and values of the fields, in order.
    var headers: [Field] = []
    var body = Body.none
  }

  struct Field: Hashable {
    let name: String
    let value: String
  }

  /// Where it is from.
  var source: String
  /// The day, as `2026-11-30`.
  var date: String
  var request: Request
  var status: Int
  var headers: [Field] = []
  var body = Body.none
}

extension RecordedExchange {
  /// - Throws: ``JSONShapeError``; what it does not know it does not read.
  init(_ json: JSONValue) throws(JSONShapeError) {
    var reader = try JSONObjectReader(json, at: "sample")
    source = try reader.string("source")
    date = try reader.string("date")
    var asked = try reader.object("request")
    request = Request(method: try asked.string("method", bytes: 1...32), path: try asked.string("path", bytes: 1...2048))
    request.query = try asked.optionalString("query")
    request.headers = try Self.fields(&asked)
    request.body = try Self.body(&asked)
    status = Int(try reader.integer("status", in: 100...599))
    headers = try Self.fields(&reader)
    body = try Self.body(&reader)
  }

  private static func fields(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> [Field] {
    guard let value = reader.optionalValue("headers") else { return [] }
    var fields: [Field] = []
    for member in value.object?.members ?? [] {
      guard let text = member.value.string else {
        throw JSONShapeError(
          .wrongType(expected: "a string", found: member.value.typeName), at: "\(reader.path(of: "headers")).\(member.name)")
      }
      fields.append(Field(name: member.name, value: text))
    }
    return fields
  }

  private static func body(_ reader: inout JSONObjectReader) throws(JSONShapeError) -> Body {
    if let json = reader.optionalValue("body") { return .json(json) }
    guard let text = try reader.optionalString("rawBody"), !text.isEmpty else { return .none }
    return .text(text)
  }

  var json: JSONValue {
    var asked: JSONObject = ["method": .string(request.method), "path": .string(request.path)]
    asked["query"] = request.query.map { .string($0) }
    Self.write(request.headers, request.body, into: &asked)
    var object: JSONObject = [
      "source": .string(source), "date": .string(date), "request": .object(asked), "status": .integer(Int64(status)),
    ]
    Self.write(headers, body, into: &object)
    if body == .none { object["rawBody"] = "" }
    return .object(object)
  }

  private static func write(_ headers: [Field], _ body: Body, into object: inout JSONObject) {
    if !headers.isEmpty {
      object["headers"] = .object(JSONObject(headers.map { .init(name: $0.name, value: .string($0.value)) }))
    }
    switch body {
    case .none: break
    case .json(let json): object["body"] = json
    case .text(let text): object["rawBody"] = .string(text)
    }
  }
}

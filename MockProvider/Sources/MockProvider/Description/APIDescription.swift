// Builds an OpenAPI 3.1 document of operations, with what all answers of the mock have in common.
import Release
import StrictJSON
import Wire

/// A description of some of the mock's routes; ``document`` is what is served.
///
/// The mock describes what it emulates in words of its own, out of the bounds, names and error tables that it decides by, so
/// that a description cannot say anything else than the program does.
struct APIDescription {
  /// Something that can be asked for.
  struct Operation {
    let method: String
    /// As `/talks/streams/{id}`.
    let path: String
    let id: String
    let summary: String
    var about: String?
    /// Of the path and the query.
    var parameters: [JSONValue] = []
    /// The schema of the body; nil where none is read.
    var body: JSONValue?
    var needsBody = true
    let answers: [Answer]
  }

  /// One status of an operation.
  struct Answer {
    let status: Int
    let about: String
    /// The schema of its body; nil for none.
    let schema: JSONValue?
    /// Header fields beside those of every answer, with their schemas.
    var headers: [(String, JSONValue)] = []
    /// Whether a page may read it: false for those who are refused for where they come from.
    var isReadable = true
    /// Whether a page is told the time.
    var hasDate = false
    /// Whether only a fault brings it.
    var isForced = false
  }

  let title: String
  let about: String
  /// The ways to show a key, by name; none where no key is asked for.
  var security: [(String, JSONValue)] = []
  let operations: [Operation]
  let schemas: [(String, JSONValue)]

  var document: JSONValue {
    var paths: JSONObject = [:]
    for operation in operations {
      var item = paths[operation.path]?.object ?? ["options": Self.preflight(operation)]
      item[operation.method.lowercased()] = json(operation)
      paths[operation.path] = .object(item)
    }
    var components: JSONObject = [
      "schemas": .object(JSONObject(schemas.map { .init(name: $0.0, value: $0.1) })), "headers": Self.headers,
    ]
    if !security.isEmpty {
      components["securitySchemes"] = .object(JSONObject(security.map { .init(name: $0.0, value: $0.1) }))
    }
    var document: JSONObject = [
      "openapi": "3.1.0",
      "info": [
        "title": .string(title), "version": .string(ProductVersion.text), "description": .string(about),
        "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
      ],
      // Relative, so that the document is true wherever the mock listens.
      "servers": [["url": "/"]],
    ]
    if !security.isEmpty { document["security"] = .array(security.map { .object(JSONObject([.init(name: $0.0, value: [])])) }) }
    document["paths"] = .object(paths)
    document["components"] = .object(components)
    return .object(document)
  }

  private func json(_ operation: Operation) -> JSONValue {
    var json: JSONObject = ["operationId": .string(operation.id), "summary": .string(operation.summary)]
    json["description"] = operation.about.map { .string($0) }
    if !operation.parameters.isEmpty { json["parameters"] = .array(operation.parameters) }
    if let body = operation.body {
      json["requestBody"] = [
        "required": .bool(operation.needsBody), "content": ["application/json": ["schema": body]],
      ]
    }
    json["responses"] = Self.responses(operation.answers)
    return .object(json)
  }

  /// Answers of one status are one response, whose body is that of any of them.
  private static func responses(_ answers: [Answer]) -> JSONValue {
    let statuses = Set(answers.map(\.status)).sorted()
    return .object(
      JSONObject(
        statuses.map { status in
          let same = answers.filter { $0.status == status }
          return .init(name: "\(status)", value: response(same))
        }))
  }

  private static func response(_ answers: [Answer]) -> JSONValue {
    var response: JSONObject = ["description": .string(answers.map(\.about).joined(separator: " · "))]
    if answers.allSatisfy(\.isForced) { response["x-only-by-fault"] = true }
    var headers: JSONObject = [:]
    if answers.allSatisfy(\.isReadable) {
      for field in CORS.fields { headers[field.name] = ["$ref": .string("#/components/headers/\(field.name)")] }
    }
    if answers.allSatisfy(\.hasDate) { headers["Date"] = ["$ref": "#/components/headers/Date"] }
    for (name, schema) in answers.flatMap(\.headers) { headers[name] = ["required": true, "schema": schema] }
    if headers.count > 0 { response["headers"] = .object(headers) }
    var schemas: [JSONValue] = []
    for schema in answers.compactMap(\.schema) where !schemas.contains(schema) { schemas.append(schema) }
    if let first = schemas.first {
      let schema = schemas.count == 1 ? first : Schema.any(of: schemas)
      response["content"] = ["application/json": ["schema": schema]]
    }
    return .object(response)
  }

  /// Every path answers the preflight of a page's browser, without a key.
  private static func preflight(_ operation: Operation) -> JSONValue {
    let inPath = operation.parameters.filter { $0["in"] == "path" }
    let schema: JSONValue = Schema.string()
    let answer = Answer(
      status: 204, about: "What a page may send", schema: nil,
      headers: [("Access-Control-Max-Age", schema)])
    let refusal = Answer(
      status: 403, about: "The page is of another origin, or the name is none of this machine's",
      schema: Schema.anyObject, isReadable: false)
    var json: JSONObject = [
      "operationId": .string("preflight." + operation.id), "summary": "Says that a page may call", "security": [],
    ]
    if !inPath.isEmpty { json["parameters"] = .array(inPath) }
    json["responses"] = responses([answer, refusal])
    return .object(json)
  }

  /// The fields that every answer has which a page may read, and the time.
  private static var headers: JSONValue {
    var headers: JSONObject = [:]
    for field in CORS.fields {
      // What a preflight asks for is allowed by its name.
      let isFixed = field.name != "Access-Control-Allow-Headers"
      headers[field.name] = [
        "required": true, "schema": isFixed ? Schema.constant(.string(field.value)) : Schema.string(),
      ]
    }
    headers["Date"] = [
      "required": true,
      "schema": Schema.string(pattern: "^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$"),
      "description": "The time of day by the mock's clock",
    ]
    return .object(headers)
  }

  static func parameter(_ name: String, in place: String, _ schema: JSONValue, about: String) -> JSONValue {
    var parameter: JSONObject = ["name": .string(name), "in": .string(place), "description": .string(about)]
    if place == "path" { parameter["required"] = true }
    parameter["schema"] = schema
    return .object(parameter)
  }
}

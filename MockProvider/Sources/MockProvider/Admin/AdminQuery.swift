// The query of a request to the control surface.
import Transport

/// Names and decoded values of a query.
struct AdminQuery {
  /// Most pairs that are read.
  static let pairLimit = 16

  let values: [String: String]

  /// - Throws: ``AdminRefusal`` for broken escapes, repeated names, or too many pairs.
  init(_ request: HTTPRequest) throws(AdminRefusal) {
    var values: [String: String] = [:]
    let pairs = (request.query ?? "").split(separator: "&")
    guard pairs.count <= Self.pairLimit else { throw AdminRefusal(.invalid, "too many query values") }
    for pair in pairs {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(parts[0]),
        let value = PercentEncoding.decode(parts.count > 1 ? parts[1] : "")
      else { throw AdminRefusal(.invalid, "the query is not percent-encoded UTF-8") }
      guard values.updateValue(value, forKey: name) == nil else {
        throw AdminRefusal(.invalid, "a query name is repeated")
      }
    }
    self.values = values
  }

  /// Refuses a name that is not known.
  func check(known: [String]) throws(AdminRefusal) {
    guard values.keys.allSatisfy(known.contains) else {
      throw AdminRefusal(.invalid, "known query names are \(known.joined(separator: ", "))")
    }
  }

  /// A value that has to be one of a few.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws(AdminRefusal) -> Choice? where Choice.RawValue == String {
    guard let text = values[name] else { return nil }
    guard let choice = Choice(rawValue: text) else {
      throw AdminRefusal(.invalid, "\(name): one of \(type.allCases.map(\.rawValue).joined(separator: ", ")) expected")
    }
    return choice
  }
}

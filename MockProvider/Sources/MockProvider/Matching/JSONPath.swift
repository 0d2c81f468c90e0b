// Finds the values that a path means in a JSON value.
import Basics
import StrictJSON

/// A path of the kind `script.input`, `items[0].name`, `$..text`: the names, indices, wildcards and descendants of RFC 9535,
/// without its slices and filters. `$.` at the beginning may be left out.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
  /// The longest path in bytes.
  static let maximumBytes = 512
  /// Most values that a path finds; further ones are not looked at.
  static let maximumValues = 4096

  private enum Segment: Sendable, Hashable {
    case name(String)
    /// From the end where it is negative.
    case index(Int)
    case all
    /// The value itself and everything in it.
    case descendants
  }

  /// As it was written.
  public let description: String
  private var segments: [Segment] = []

  /// A member of the value itself.
  init(name: String) {
    description = name
    segments = [.name(name)]
  }

  /// Nil for what is no such path.
  public init?(_ text: String) {
    guard (1...Self.maximumBytes).contains(text.utf8.count) else { return nil }
    description = text
    var rest = text.first == "$" ? text.dropFirst() : text[...]
    // The first name of a path that does not begin with `$` stands without its dot.
    if text.first != "$", text.first != "[", text.first != "." { rest = "." + rest }
    while !rest.isEmpty {
      guard let segment = Self.take(from: &rest) else { return nil }
      segments += segment
    }
  }

  /// The values that are there, in the order in which they stand.
  func values(in root: JSONValue) -> [JSONValue] {
    segments.reduce([root]) { values, segment in
      var found: [JSONValue] = []
      for value in values where found.count < Self.maximumValues { Self.follow(segment, from: value, into: &found) }
      return found
    }
  }

  private static func follow(_ segment: Segment, from value: JSONValue, into found: inout [JSONValue]) {
    switch (segment, value) {
    case (.name(let name), .object(let object)): if let member = object[name] { found.append(member) }
    case (.index(let index), .array(let elements)):
      let position = index < 0 ? elements.count + index : index
      if elements.indices.contains(position) { found.append(elements[position]) }
    case (.all, .object(let object)): found += object.members.map(\.value)
    case (.all, .array(let elements)): found += elements
    case (.descendants, _):
      guard found.count < maximumValues else { return }
      found.append(value)
      for inner in value.object?.members.map(\.value) ?? value.array ?? [] {
        follow(.descendants, from: inner, into: &found)
      }
    default: break
    }
  }

  private static func take(from rest: inout Substring) -> [Segment]? {
    if rest.first == "[" { return takeBracket(from: &rest).map { [$0] } }
    guard rest.first == "." else { return nil }
    rest.removeFirst()
    guard rest.first == "." else { return takeName(from: &rest).map { [$0] } }
    rest.removeFirst()
    let inner = rest.first == "[" ? takeBracket(from: &rest) : takeName(from: &rest)
    return inner.map { [.descendants, $0] }
  }

  private static func takeName(from rest: inout Substring) -> Segment? {
    let name = rest.prefix { $0 != "." && $0 != "[" && $0 != "]" }
    guard !name.isEmpty else { return nil }
    rest = rest[name.endIndex...]
    return name == "*" ? .all : .name(String(name))
  }

  /// `[0]`, `[-1]`, `[*]`, `['name']`, `["name"]`.
  private static func takeBracket(from rest: inout Substring) -> Segment? {
    let inside = rest.dropFirst()
    if let quote = inside.first, quote == "'" || quote == "\"" {
      guard let end = inside.dropFirst().firstIndex(of: quote) else { return nil }
      let name = inside[inside.index(after: inside.startIndex)..<end]
      let behind = inside[inside.index(after: end)...]
      guard behind.first == "]" else { return nil }
      rest = behind.dropFirst()
      return .name(String(name))
    }
    guard let end = inside.firstIndex(of: "]") else { return nil }
    let text = inside[..<end]
    rest = inside[inside.index(after: end)...]
    return text == "*" ? .all : Int(text).map { .index($0) }
  }
}

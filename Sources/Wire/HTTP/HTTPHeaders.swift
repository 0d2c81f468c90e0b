// Holds the header fields of a request or a response, and says which bytes may stand where in HTTP/1.1.
import Basics

/// An ordered list of header fields; names are compared without regard to case (RFC 9110 section 5.1).
public struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
  /// Names and values in the order in which they are sent.
  public private(set) var fields: [(name: String, value: String)]

  /// Fields as they are given, several of one name included.
  public init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }
  /// Fields in the order in which the literal names them.
  public init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { (name: $0.0, value: $0.1) } }

  /// The value of the first field of that name, or replaces all of them (with nil: removes them).
  public subscript(_ name: String) -> String? {
    get { fields.first { $0.name.isSame(ignoringCase: name) }?.value }
    set {
      fields.removeAll { $0.name.isSame(ignoringCase: name) }
      if let newValue { fields.append((name: name, value: newValue)) }
    }
  }
}

extension HTTPHeaders {
  /// The values of all fields of that name, in order.
  package func values(of name: String) -> [String] {
    fields.filter { $0.name.isSame(ignoringCase: name) }.map(\.value)
  }

  /// The members of a comma-separated list, over all fields of that name, without blanks and empty members
  /// (RFC 9110 section 5.6.1).
  public func members(of name: String) -> [String] {
    values(of: name).flatMap { value in
      value.split(separator: ",").map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
    }
  }

  /// Whether a list names a token, without regard to case.
  package func lists(_ token: String, in name: String) -> Bool { members(of: name).contains { $0.isSame(ignoringCase: token) } }
}

/// Character classes of RFC 9110 section 5.6.
enum HTTPSyntax {
  /// A field value: no control character but the tab (RFC 9110 section 5.5).
  static func isFieldValue(_ bytes: some Collection<UInt8>) -> Bool {
    bytes.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
  }

  /// A request target: visible ASCII, without a fragment (RFC 9112 section 3.2).
  static func isTarget(_ bytes: some Collection<UInt8>) -> Bool {
    !bytes.isEmpty && bytes.allSatisfy { $0.isVisibleASCII && $0 != UInt8(ascii: "#") }
  }

  /// A host with an optional port, as far as its characters go (RFC 3986 section 3.2.2); may be empty.
  static func isHost(_ bytes: some Collection<UInt8>) -> Bool {
    let forbidden: Set<UInt8> = Set("/?#@\\\"<>^`{|}, \t".utf8)
    return bytes.allSatisfy { $0.isVisibleASCII && !forbidden.contains($0) }
  }
}

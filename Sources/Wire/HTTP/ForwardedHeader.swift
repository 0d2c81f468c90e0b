// Reads the `Forwarded` header, in which proxies say for whom they pass a request on.
import Basics

/// RFC 7239. It is read from its end, where the nearest proxy wrote: whatever a client wrote before that, an open quotation
/// mark even, changes nothing about it.
public enum ForwardedHeader {
  /// For whom each proxy passed the request on, the nearest first, as they stand in the `for` of each element (an address,
  /// with or without a port, `unknown`, or a name of the proxy's own). They end before the first element that says nothing
  /// or cannot be read.
  /// - Parameter fields: the values of all fields of that name, in order.
  public static func clients(in fields: [String]) -> [String] {
    var rest = Array(fields.joined(separator: ",").utf8)[...]
    var clients: [String] = []
    while !rest.isEmpty {
      guard let start = startOfLastElement(in: rest) else { break }
      let element = rest[start...].trimming(while: \.isBlank)
      rest = rest[..<max(rest.startIndex, start - 1)]
      if element.isEmpty { continue }
      guard let client = client(in: element) else { break }
      clients.append(client)
    }
    return clients
  }

  /// Behind the last comma that stands in no quotation marks; nil where these do not match.
  private static func startOfLastElement(in bytes: ArraySlice<UInt8>) -> Int? {
    var isQuoted = false
    for index in bytes.indices.reversed() {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        // Within quotation marks one with an odd number of backslashes before it is a character like others.
        let backslashes = bytes[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if !isQuoted || backslashes.isMultiple(of: 2) { isQuoted.toggle() }
      case UInt8(ascii: ",") where !isQuoted: return index + 1
      default: break
      }
    }
    return isQuoted ? nil : bytes.startIndex
  }

  /// The `for` of one element: pairs of a token and a value, with semicolons between them.
  private static func client(in element: ArraySlice<UInt8>) -> String? {
    var rest = element
    var client: String?
    while true {
      rest = rest.drop(while: \.isBlank)
      let name = rest.prefix(while: \.isHTTPTokenCharacter)
      rest = rest[name.endIndex...]
      if !name.isEmpty {
        guard rest.popFirst() == UInt8(ascii: "="), let value = value(&rest) else { return nil }
        if String(decoding: name, as: UTF8.self).lowercased() == "for" {
          guard client == nil else { return nil }
          client = value
        }
      }
      rest = rest.drop(while: \.isBlank)
      guard let next = rest.popFirst() else { return client }
      guard next == UInt8(ascii: ";") else { return nil }
    }
  }

  /// A token or a text in quotation marks; nil for anything else and for an empty one.
  private static func value(_ rest: inout ArraySlice<UInt8>) -> String? {
    var value: [UInt8] = []
    if rest.first == UInt8(ascii: "\"") {
      rest.removeFirst()
      while true {
        guard var byte = rest.popFirst() else { return nil }
        if byte == UInt8(ascii: "\"") { break }
        if byte == UInt8(ascii: "\\") {
          guard let quoted = rest.popFirst() else { return nil }
          byte = quoted
        }
        value.append(byte)
      }
    } else {
      value = Array(rest.prefix(while: \.isHTTPTokenCharacter))
      rest = rest.dropFirst(value.count)
    }
    return value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
  }
}

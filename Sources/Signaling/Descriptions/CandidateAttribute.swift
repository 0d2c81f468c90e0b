// Checks a candidate before a provider sees it (RFC 8839 section 5.1).
import Basics

/// What a `candidate-attribute` says (RFC 8839 section 5.1), as far as the relay has to know.
///
/// Strict about the fields that every candidate has; extensions after the type are only checked for being text. An
/// address may be a name, since browsers hide local addresses behind mDNS names.
public struct CandidateAttribute: Sendable, Hashable {
  /// The longest candidate that is accepted, in bytes.
  public static let maximumBytes = 2048

  /// Where the address comes from.
  public let type: CandidateType
  /// Nil for a transport that W3C does not know.
  public let transport: CandidateTransport?

  /// Reads `candidate:…`.
  public init(of candidate: String) throws(CandidateError) {
    try self.init(of: Array(candidate.utf8)[...])
  }

  init(of bytes: ArraySlice<UInt8>) throws(CandidateError) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLong }
    guard !bytes.starts(with: "a=".utf8) else { throw .lineInsteadOfAttribute }
    guard bytes.starts(with: "candidate:".utf8) else { throw .noPrefix }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter }
    let attribute = bytes.dropFirst("candidate:".utf8.count)
    let fields = attribute.split(separator: UInt8(ascii: " "), maxSplits: 8, omittingEmptySubsequences: false)
    guard fields.count >= 8 else { throw .tooFewFields }
    guard (1...32).contains(fields[0].count), fields[0].allSatisfy(\.isVisibleASCII) else {
      throw .malformed(field: "foundation")
    }
    try Self.check(fields[1], in: 1...256, "component")
    try Self.check(fields[3], in: 0...4_294_967_295, "priority")
    guard (1...255).contains(fields[4].count), fields[4].allSatisfy(\.isAddressCharacter) else {
      throw .malformed(field: "address")
    }
    try Self.check(fields[5], in: 0...65_535, "port")
    guard fields[6].elementsEqual("typ".utf8),
      let type = CandidateType(rawValue: String(decoding: fields[7], as: UTF8.self))
    else { throw .malformed(field: "type") }
    guard (1...16).contains(fields[2].count), fields[2].allSatisfy(\.isToken) else {
      throw .malformed(field: "transport")
    }
    self.type = type
    transport = CandidateTransport(rawValue: String(decoding: fields[2], as: UTF8.self).lowercased())
  }

  private static func check(
    _ field: ArraySlice<UInt8>, in range: ClosedRange<UInt64>, _ name: String
  ) throws(CandidateError) {
    guard let value = UInt64(decimal: field), range.contains(value) else { throw .malformed(field: name) }
  }
}

/// What is wrong with a candidate string. It never carries the string.
public enum CandidateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// More than ``CandidateAttribute/maximumBytes``.
  case tooLong
  /// A line of SDP (`a=candidate:…`) where its attribute alone belongs.
  case lineInsteadOfAttribute
  /// It does not start with `candidate:`.
  case noPrefix
  /// A control character, which would break the SDP line it goes into.
  case controlCharacter
  /// It ends before the type.
  case tooFewFields
  /// The named field is not of the form that RFC 8839 section 5.1 gives.
  case malformed(field: String)

  public var description: String {
    switch self {
    case .tooLong: "longer than \(CandidateAttribute.maximumBytes) bytes"
    case .lineInsteadOfAttribute: "must start with candidate:, without a="
    case .noPrefix: "must start with candidate:"
    case .controlCharacter: "control character"
    case .tooFewFields: "ends before its type"
    case .malformed(let field): "malformed \(field)"
    }
  }
}

/// The candidate types of RFC 8839 section 5.1.
public enum CandidateType: String, Sendable, Hashable, CaseIterable { case host, srflx, prflx, relay }

/// The transports of W3C's `RTCIceProtocol`.
public enum CandidateTransport: String, Sendable, Hashable, CaseIterable { case udp, tcp }

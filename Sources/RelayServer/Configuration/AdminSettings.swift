// Where the operator's requests are taken, and what proves that they are his.
import Basics
import ProviderHTTP
import Transport

/// The admin listener: a unix socket that only its owner can open, or a loopback port with a key.
public struct AdminSettings: Sendable, Hashable {
  /// The fewest bytes of the key.
  public static let minimumKeyBytes = 32
  /// The most bytes of its file.
  public static let maximumFileBytes = 4096

  public var address: ListenerConfiguration.Address
  public var keyFile: String?

  /// Reads the key.
  /// - Throws: ``ConfigurationError``, which shows no part of it.
  public func key(readFile: (String) throws -> [UInt8]) throws(ConfigurationError) -> Secret? {
    guard let keyFile else { return nil }
    guard let bytes = try? readFile(keyFile), bytes.count <= Self.maximumFileBytes else {
      throw ConfigurationError(.unreadableFile, "the file of admin.key-file cannot be read or is too long")
    }
    let key = bytes.trimmingWhitespace()
    guard key.count >= Self.minimumKeyBytes, key.allSatisfy(\.isVisibleASCII) else {
      throw ConfigurationError(
        .invalidValue, "admin.key-file holds fewer than \(Self.minimumKeyBytes) bytes, or others than printable ASCII")
    }
    return Secret(String(decoding: key, as: UTF8.self))
  }
}

extension AdminSettings {
  /// The settings; nil where no address is given.
  /// - Throws: ``ConfigurationError`` for an address that others can reach, and for a port without a key.
  public init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    keyFile = try sources.optional(.adminKeyFile)
    guard let text = try sources.optional(.adminListen) else { return nil }
    address = try Self.address(text)
    if case .tcp = address, keyFile == nil {
      throw ConfigurationError(
        .conflict, "admin.listen is a port, which every program on this machine can reach; it needs admin.key-file")
    }
  }

  private static func address(_ text: String) throws(ConfigurationError) -> ListenerConfiguration.Address {
    if text.hasPrefix("unix:"), text.count > 5 { return .unix(path: String(text.dropFirst(5))) }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw ConfigurationError(.invalidValue, "admin.listen is neither unix:PATH nor an address with a port")
    }
    let host = String(text[..<colon])
    guard HostName.isLoopback(host), !host.contains(":") || host.hasPrefix("[") else {
      throw ConfigurationError(
        .conflict, "admin.listen is \(text), but only loopback addresses and unix sockets are taken")
    }
    return .tcp(host: HostName.withoutBrackets(host), port: Int(port))
  }
}

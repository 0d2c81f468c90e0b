// Reads how clients and the operator prove who they are: keys of access tokens, the admin listener and its key.
import AccessTokens
import Basics
import Foundation
import ProviderHTTP
import Transport

/// The configured key files. They are read when the relay starts and on SIGHUP.
public struct AccessSettings: Sendable, Hashable {
  /// A file with one key.
  public struct KeyFile: Sendable, Hashable {
    /// The `kid` of tokens that were signed with it; nil for a key that is the only one.
    public var name: String?
    /// Whether it holds a secret that issuer and relay both know, for HS256; otherwise it holds a key.
    public var isSecret: Bool
    public var path: String

    /// The key of the file's content.
    public func key(_ content: [UInt8]) throws(AccessKeyError) -> AccessKey {
      isSecret ? try AccessKey(name: name, secretFile: content) : try AccessKey(name: name, keyFile: content)
    }
  }

  public var keyFiles: [KeyFile]
  /// A file with a JWK Set.
  public var setFile: String?
  /// By how many seconds the clocks of issuer and relay may differ.
  public var leewaySeconds: Int

  /// Reads all keys.
  /// - Parameter readFile: reads a small file.
  /// - Throws: ``ConfigurationError``, which shows no part of a key.
  public func keys(readFile: (String) throws -> [UInt8]) throws(ConfigurationError) -> AccessKeys {
    do {
      var keys: [AccessKey] = []
      for file in keyFiles {
        let content = try Self.content(of: file.path, .accessKeyFiles, readFile)
        keys.append(try file.key(content))
      }
      if let setFile {
        keys += try AccessKeys.keys(ofSet: try Self.content(of: setFile, .accessSetFile, readFile))
      }
      return try AccessKeys(keys)
    } catch let error as AccessKeyError {
      throw ConfigurationError(.invalidValue, "access keys: \(error.message)")
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(.unreadableFile, "access keys cannot be read")
    }
  }

  private static func content(
    of path: String, _ key: ConfigurationKey, _ readFile: (String) throws -> [UInt8]
  ) throws(ConfigurationError) -> [UInt8] {
    guard let bytes = try? readFile(path), bytes.count <= AccessKeys.maximumFileBytes else {
      throw ConfigurationError(
        .unreadableFile,
        "a file of \(key.rawValue) cannot be read or has more than \(AccessKeys.maximumFileBytes) bytes")
    }
    return bytes
  }
}

extension AccessSettings {
  /// The settings; nil where no key file is named.
  init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    keyFiles = try sources.strings(.accessKeyFiles).filter { !$0.isEmpty }.map(KeyFile.init(text:))
    setFile = try sources.optional(.accessSetFile)
    leewaySeconds = try sources.int(.accessLeewaySeconds)
    if keyFiles.isEmpty, setFile == nil { return nil }
  }
}

extension AccessSettings.KeyFile {
  /// `name=path`, or a path alone; before the path of a secret stands `hs256:`.
  public init(text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    name = parts.count == 2 ? parts[0] : nil
    let file = parts.last ?? ""
    isSecret = file.hasPrefix(Self.secretMark)
    path = isSecret ? String(file.dropFirst(Self.secretMark.count)) : file
  }

  /// Names a secret as such, so that no other file is ever taken for one.
  private static let secretMark = "hs256:"
}

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

/// Reads small files whole: keys and settings.
public enum SmallFile {
  /// - Throws: `CocoaError` when there is no such file or it cannot be read.
  public static func read(_ path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw CocoaError(.fileReadNoSuchFile) }
    return Array(data)
  }
}

// Where the keys of access tokens are.
import AccessTokens

/// The configured key files. They are read when the relay starts and on SIGHUP.
public struct AccessSettings: Sendable, Hashable {
  /// A file with one key.
  public struct KeyFile: Sendable, Hashable {
    /// The `kid` of tokens that were signed with it; nil for a key that is the only one.
    public var name: String?
    public var path: String
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
        keys.append(try AccessKey(name: file.name, fileContent: content))
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
  /// `name=path`, or a path alone.
  public init(text: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    name = parts.count == 2 ? parts[0] : nil
    path = parts.last ?? ""
  }
}

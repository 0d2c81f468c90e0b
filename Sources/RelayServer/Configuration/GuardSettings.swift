// Reads how clients and the operator prove who they are: keys of access tokens, the admin listener and its key.
import AccessTokens
import Basics
import ProviderHTTP
import Transport

/// Where the keys of access tokens are. They are read when the relay starts and on SIGHUP.
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

  /// One place that keys are read from.
  enum Place {
    case file(KeyFile)
    case setFile(String)
    case setURL(String)

    /// The setting that names it and, of a file, its path.
    var name: String {
      switch self {
      case .file(let file): "\(ConfigurationKey.accessKeyFiles.rawValue) \(file.path)"
      case .setFile(let path): "\(ConfigurationKey.accessSetFile.rawValue) \(path)"
      case .setURL: ConfigurationKey.accessSetURL.rawValue
      }
    }

    var isFetched: Bool { if case .setURL = self { true } else { false } }
  }

  public var keyFiles: [KeyFile]
  /// A file with a JWK Set.
  public var setFile: String?
  /// The https URL of a JWK Set.
  public var setURL: String?
  /// How often the set at the URL is fetched.
  public var refreshPause: Duration
  /// How long the last good one counts where it cannot be fetched.
  public var keepTime: Duration
  /// By how many seconds the clocks of issuer and relay may differ.
  public var leewaySeconds: Int
  /// Names of which a token has to be for one; none where it may be for anybody.
  public var audience: [String]
  /// Who has to have made a token; nil for anybody with a key.
  public var issuer: String?

  /// Every place, in order.
  var places: [Place] {
    keyFiles.map(Place.file) + [setFile.map(Place.setFile), setURL.map(Place.setURL)].compactMap(\.self)
  }

  /// The keys of all places together; none where no place has one any more.
  /// - Parameter parts: those of each place, in its order.
  /// - Throws: ``ConfigurationError`` where the keys of files cannot be told apart.
  func keys(of parts: [[AccessKey]]) throws(ConfigurationError) -> AccessKeys {
    let named = parts.prefix(keyFiles.count).flatMap(\.self)
    let sets = parts.dropFirst(keyFiles.count).flatMap(\.self)
    guard named.count + sets.count > 0 else { return .none }
    do throws(AccessKeyError) { return try AccessKeys(named, sets: sets) } catch {
      throw ConfigurationError(.invalidValue, "access keys: \(error.message)")
    }
  }
}

extension AccessSettings {
  /// The settings; nil where no place with keys is named.
  init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    keyFiles = try sources.strings(.accessKeyFiles).filter { !$0.isEmpty }.map(KeyFile.init(text:))
    setFile = try sources.optional(.accessSetFile)
    setURL = try sources.optional(.accessSetURL)
    refreshPause = try sources.seconds(.accessSetRefreshSeconds)
    keepTime = try sources.seconds(.accessSetKeepSeconds)
    leewaySeconds = try sources.int(.accessLeewaySeconds)
    audience = try sources.strings(.accessAudience).filter { !$0.isEmpty }
    issuer = try sources.optional(.accessIssuer)
    guard setURL.map(Self.isSecureURL) ?? true else {
      throw ConfigurationError(
        .invalidValue, "access.jwks-url is not an https URL with a host and without user and fragment")
    }
    if places.isEmpty { return nil }
  }

  /// Whoever could change the set on its way could sign tokens.
  private static func isSecureURL(_ url: String) -> Bool {
    guard url.hasPrefix("https://"), url.utf8.allSatisfy(\.isVisibleASCII) else { return false }
    let authority = url.dropFirst(8).prefix { !"/?#".contains($0) }
    return !authority.isEmpty && !authority.hasPrefix(":") && !authority.contains("@") && !url.contains("#")
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

/// A listener of the operator's: a unix socket that only its owner can open, or a port with a key.
public struct AdminSettings: Sendable, Hashable {
  /// The fewest bytes of the key.
  public static let minimumKeyBytes = 32
  /// The most bytes of its file.
  public static let maximumFileBytes = 4096

  public var address: ListenerConfiguration.Address
  public var keyFile: String?
  /// The setting that names the file.
  private let keySetting: ConfigurationKey

  /// Reads the key.
  /// - Throws: ``ConfigurationError``, which shows no part of it.
  public func key(readFile: (String) throws -> [UInt8]) throws(ConfigurationError) -> Secret? {
    guard let keyFile else { return nil }
    let bytes: [UInt8]
    do { bytes = try readFile(keyFile) } catch {
      throw ConfigurationError(unreadable: keyFile, of: keySetting.rawValue, error)
    }
    guard bytes.count <= Self.maximumFileBytes else {
      throw ConfigurationError(
        .unreadableFile, "\(keySetting.rawValue) \(keyFile) has more than \(Self.maximumFileBytes) bytes")
    }
    let key = bytes.trimmingWhitespace()
    guard key.count >= Self.minimumKeyBytes, key.allSatisfy(\.isVisibleASCII) else {
      throw ConfigurationError(
        .invalidValue,
        "\(keySetting.rawValue) \(keyFile) holds fewer than \(Self.minimumKeyBytes) bytes, or others than printable ASCII")
    }
    return Secret(String(decoding: key, as: UTF8.self))
  }
}

extension AdminSettings {
  /// Where the operator's requests are taken; nil where no address is given.
  /// - Throws: ``ConfigurationError`` for an address that others can reach, and for a port without a key.
  public init?(_ sources: ConfigurationSources) throws(ConfigurationError) {
    try self.init(sources, .adminListen, .adminKeyFile)
    guard isLoopback else {
      throw ConfigurationError(.conflict, "admin.listen is no loopback address and no unix socket, and others are not taken")
    }
  }

  /// Where the numbers are asked for besides, by who may have nothing else; nil where no address is given.
  /// - Throws: ``ConfigurationError`` for what is no address, and for a port without a key.
  static func ofMetrics(_ sources: ConfigurationSources) throws(ConfigurationError) -> AdminSettings? {
    try AdminSettings(sources, .metricsListen, .metricsKeyFile)
  }

  private init?(
    _ sources: ConfigurationSources, _ listen: ConfigurationKey, _ key: ConfigurationKey
  ) throws(ConfigurationError) {
    keyFile = try sources.optional(key)
    keySetting = key
    guard let text = try sources.optional(listen) else { return nil }
    address = try Self.address(text, listen)
    if case .tcp = address, keyFile == nil {
      throw ConfigurationError(
        .conflict, "\(listen.rawValue) is a port, which other programs can reach; it needs \(key.rawValue)")
    }
  }

  private static func address(
    _ text: String, _ setting: ConfigurationKey
  ) throws(ConfigurationError) -> ListenerConfiguration.Address {
    if text.hasPrefix("unix:"), text.count > 5 { return .unix(path: String(text.dropFirst(5))) }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw ConfigurationError(.invalidValue, "\(setting.rawValue) is neither unix:PATH nor an address with a port")
    }
    let host = String(text[..<colon])
    guard !host.isEmpty, !host.contains(":") || host.hasPrefix("[") && host.hasSuffix("]") else {
      throw ConfigurationError(
        .invalidValue, "\(setting.rawValue) is \(text); an address is 127.0.0.1:9464, or [::1]:9464")
    }
    return .tcp(host: HostName.withoutBrackets(host), port: Int(port))
  }

  /// Whether nobody else than this machine's programs can reach it.
  var isLoopback: Bool {
    switch address {
    case .tcp(let host, _): HostName.isLoopback(host)
    case .unix: true
    }
  }
}

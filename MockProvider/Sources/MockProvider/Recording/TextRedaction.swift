// Takes what is somebody's own out of single texts: sentences, URLs, candidates, ids, tokens.
import Basics
import StrictJSON

extension StandIns {
  /// A text of which nothing is known: by its form.
  mutating func redacted(_ text: String, _ kind: Kind) -> String {
    if text.isEmpty { return text }
    if text.hasPrefix("v=0\r\n") || text.hasPrefix("v=0\n") { return redacted(sdp: text) }
    if text.hasPrefix("candidate:") { return redacted(candidate: text) ?? StandIns.removed }
    if text.hasPrefix("data:") || text.contains("://") || Self.iceSchemes.contains(where: text.hasPrefix) {
      return redacted(url: text)
    }
    if Self.isUUID(text) { return standIn(forUUID: text) }
    if NumericAddress.isOne(text) { return standIn(forAddress: text) }
    return standIn(for: text, Self.isJWT(text) ? .token : kind)
  }

  // MARK: - Sentences

  /// Words that vendors' sentences and options have, though they are not made of letters alone.
  private static let vocabulary: Set<String> = Set(Router.routes.flatMap(\.segments)).union([
    "session_id", "stream_id", "source_url", "audio_url", "voice_id", "avatar_id", "task_id", "presenter_id", "sdp", "doesn't",
    "isn't", "can't", "v2", "v3+", "task_type", "application/json", "H264", "VP8", "azure-openai", "mp4",
  ])

  /// A sentence of a vendor: words stay, unless they were met as somebody's own; whatever else is no word goes.
  mutating func redacted(sentence: String) -> String {
    if Self.published.contains(sentence) { return sentence }
    var result = ""
    var word = ""
    for character in sentence.prefix(4096) {
      if character.isWhitespace || Self.separators.contains(character) {
        result += redacted(word: word)
        word = ""
        result.append(character)
      } else {
        word.append(character)
      }
    }
    return result + redacted(word: word)
  }

  private static let separators: Set<Character> = ["\"", "'", "(", ")", "[", "]", "{", "}", "<", ">", ",", ";", "`", "!", "?", "="]

  /// What the error tables quote from public sources.
  private static let published: Set<String> = Set(
    (DIDErrors.all + HeyGenErrors.all).flatMap { $0.body.object?.members.compactMap(\.value.string) ?? [] })

  private mutating func redacted(word: String) -> String {
    let core = String(word.trimming { $0 == "." || $0 == ":" })
    guard !core.isEmpty else { return word }
    let standIn: String
    if let known = known(core) {
      standIn = known
    } else if Self.isWord(core) || Self.vocabulary.contains(core) {
      standIn = core
    } else {
      standIn = redacted(core, .text)
    }
    return word.replacing(core, with: standIn, maxReplacements: 1)
  }

  /// Letters, written as words, names of errors or constants are; or a short number.
  static func isWord(_ text: String) -> Bool {
    if text.utf8.allSatisfy(\.isDecimalDigit) { return text.utf8.count <= 6 }
    guard text.utf8.count <= 40 else { return false }
    return text.wholeMatch(of: /[A-Z]?[a-z]{0,19}([A-Z][a-z]{2,19}){0,4}|[A-Z]{1,12}(_[A-Z]{2,12}){0,4}/) != nil
  }

  // MARK: - URLs

  private static let iceSchemes = ["stun:", "stuns:", "turn:", "turns:"]
  private static let schemes: Set = ["http", "https", "ws", "wss", "s3", "file", "stun", "stuns", "turn", "turns", "data"]
  private static let endings = ["jpg", "jpeg", "png", "wav", "mp3", "mp4", "m4a", "flac", "webm"]

  /// The scheme, a stand-in for the host, the port, and a stand-in for the rest: users, paths and queries hold tokens.
  mutating func redacted(url: String) -> String {
    guard let colon = url.firstIndex(of: ":") else { return standIn(for: url, .text) }
    let scheme = url[..<colon].lowercased()
    guard Self.schemes.contains(scheme) else { return standIn(for: url, .text) }
    var rest = url[url.index(after: colon)...]
    if scheme == "data" { return "data:,\(standIn(for: url, .file))" }
    let isIce = !rest.hasPrefix("//")
    if !isIce { rest = rest.dropFirst(2) }
    let authority = rest.prefix { !"/?#".contains($0) }
    let tail = rest.dropFirst(authority.count)
    let address = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    let host = address.first == "[" ? address.prefix { $0 != "]" }.dropFirst() : address.prefix { $0 != ":" }
    let shown = host.isEmpty ? "" : standIn(forHost: String(host))
    let written = shown.contains(":") ? "[\(shown)]" : shown
    let port = address.split(separator: ":", omittingEmptySubsequences: false).last.flatMap { UInt16($0) }
    let ending = host.count == address.count || port == nil ? "" : ":\(port ?? 0)"
    if isIce {
      let transport = ["?transport=udp", "?transport=tcp"].first { tail == $0 } ?? ""
      return "\(scheme):\(written)\(ending)\(transport)"
    }
    guard !tail.isEmpty, tail != "/" else { return "\(scheme)://\(written)\(ending)\(tail)" }
    let path = tail.prefix { !"?#".contains($0) }.lowercased()
    let kind = Self.endings.first { path.hasSuffix("." + $0) }
    return "\(scheme)://\(written)\(ending)/\(standIn(for: String(tail), .file))\(kind.map { ".\($0)" } ?? "")"
  }

  // MARK: - Forms

  static func isUUID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 36
      && bytes.indices.allSatisfy {
        [8, 13, 18, 23].contains($0) ? bytes[$0] == UInt8(ascii: "-") : bytes[$0].hexadecimalValue != nil
      }
  }

  private static func isJWT(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 3 && text.hasPrefix("eyJ") && text.utf8.allSatisfy { Base64URL.isCharacter($0) || $0 == UInt8(ascii: ".") }
  }
}

// What must hold of every SSML; `Tests/Fuzz/run` compiles this file into its fuzzer too.
@testable import TalkingAvatar

/// The properties that the fuzzer looks for a counterexample of. That reading ends soon, it sees by itself.
enum SSMLProperties {
  struct Broken: Error { let what: String }

  static func check(_ bytes: [UInt8]) throws {
    let ssml = String(decoding: bytes, as: UTF8.self)
    let text = SSMLReader.read(ssml)
    for part in text.parts {
      switch part {
      case .words(let words, _): guard !words.isEmpty else { throw Broken(what: "words that are none") }
      case .pause(let pause):
        guard (.zero...SpeechLimits.pause).contains(pause) else { throw Broken(what: "a pause of \(pause)") }
      }
    }
    let plain = text.plain
    guard plain.utf8.count <= ssml.utf8.count else { throw Broken(what: "more words than text") }
    // A mark that goes with the character before it makes another one of it.
    guard plain.utf8.allSatisfy({ $0 < 0x80 }) else { return }
    let again = SSMLReader.read(escaped(plain)).plain
    guard Array(again.utf8) == Array(plain.utf8) else { throw Broken(what: "words that change when they are written down") }
  }

  private static func escaped(_ plain: String) -> String {
    var text = ""
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "<": text += "&lt;"
      case "&": text += "&amp;"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}

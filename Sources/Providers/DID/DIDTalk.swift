// A talk in D-ID's words: its request and its reply.
import AvatarProvider
import ProviderCalls
import ProviderHTTP
import SessionValues
import StrictJSON

/// Writes talks and reads what D-ID says of them.
enum DIDTalk {
  /// The body of a talk, without `session_id`.
  static func body(_ script: Script, of kind: DIDStreamKind) throws(ProviderFailure) -> JSONObject {
    try OptionRule.check(script.options, by: DIDOptions.speak(kind))
    var body = JSONObject()
    body["script"] = .object(try self.script(script))
    for member in script.options.members where !DIDOptions.scriptOptions.contains(member.name) {
      body[member.name] = member.value
    }
    return body
  }

  private static func script(_ script: Script) throws(ProviderFailure) -> JSONObject {
    switch script.content {
    case .text(let text): return try self.text(text, script.options)
    case .ssml(let text):
      guard script.options["ssml"] != false else {
        throw ProviderFailure(.rejected, "options.ssml: false, although the script is SSML")
      }
      var object = try self.text(text, script.options)
      object["ssml"] = true
      return object
    case .audio(let url):
      for name in DIDOptions.scriptOptions where script.options[name] != nil {
        throw ProviderFailure(.rejected, "options.\(name): not for a recording")
      }
      guard DIDOptions.isAudioURL(url) else {
        throw ProviderFailure(.rejected, "audioUrl: https or s3 and .m4a, .flac, .mp3, .mp4 or .wav expected")
      }
      return ["type": "audio", "audio_url": .string(url)]
    }
  }

  private static func text(_ text: String, _ options: JSONObject) throws(ProviderFailure) -> JSONObject {
    let length = DIDOptions.textLength
    guard length.contains(text.unicodeScalars.count) else {
      throw ProviderFailure(.rejected, "text: \(length.lowerBound) to \(length.upperBound) characters expected")
    }
    var object: JSONObject = ["type": "text", "input": .string(text)]
    for name in DIDOptions.scriptOptions { object[name] = options[name] }
    return object
  }

  /// Reads the reply to a talk. Its id was called `id`, `talkId` and `video_id` over the years, and it may have none;
  /// the duration is in seconds and may be missing.
  /// - Throws: `.fateUnknown` for what is no JSON object: something answered, but not D-ID's API.
  static func read(_ response: ProviderResponse) throws(ProviderFailure) -> Talk {
    guard let reply = try? JSONParser.parse(response.body), reply.object != nil else {
      throw ProviderFailure(
        .fateUnknown, "D-ID's reply to a talk could not be read; whether it was accepted is not known.",
        vendor: .init(status: response.status))
    }
    let id = ["video_id", "talkId", "id"].lazy.compactMap { reply[$0]?.identifier }.first
    return Talk(id: id, duration: Duration(nonzero: reply["duration"], unitsPerSecond: 1))
  }
}

// The settings as the control surface writes them.
import StrictJSON
import Timekeeping

extension MockConfiguration {
  /// All settings; of the key only whether one is demanded.
  var json: JSONValue {
    [
      "demandsKey": .bool(key != nil), "maximumSessions": .integer(Int64(maximumSessions)),
      "slotReleaseDelayMs": .integer(slotReleaseDelay.milliseconds), "lenient": .bool(isLenient),
      "didIdleMs": .integer(didIdleLimit.milliseconds), "heygenIdleMs": .integer(heyGenIdleLimit.milliseconds),
      "heygenLifetimeMs": .integer(heyGenLifetime.milliseconds), "didReplies": .string(didReplies.rawValue),
      "didDeleteReply": .string(didDeleteReply.rawValue), "heygenReplies": .string(heyGenReplies.rawValue),
      "iceServers": .string(iceServers.rawValue), "unknownNamePrefix": .string(unknownNamePrefix),
      "talkStartDelayMs": .integer(talkStartDelay.milliseconds),
      "charactersPerSecond": .integer(Int64(SpeechDuration.charactersPerSecond)), "seed": .string(String(seed)),
      "media": .string(media.rawValue), "rtcPort": .integer(Int64(rtcPort)),
      "rtcAdvertise": .array(rtcAdvertised.map { .string($0) }), "rtcFramesPerSecond": .integer(Int64(framesPerSecond)),
      "voice": .string(voice.rawValue), "mediaFolders": .integer(Int64(mediaFolders.count)),
    ]
  }
}

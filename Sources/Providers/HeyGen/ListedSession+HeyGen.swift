// One line of HeyGen's list of open sessions.
import AvatarProvider
import ProviderCalls
import StrictJSON

extension ListedSession {
  /// Reads `session_id` and `created_at` (docs.heygen.com/reference/list-sessions). Nobody knows the token of a session
  /// that is only listed, so it is stopped with the key.
  init?(heyGen json: JSONValue) {
    guard let id = json["session_id"]?.string, !id.isEmpty else { return nil }
    self.init(handle: HeyGenCreatedSession.handle(ofListed: id), createdAt: Self.seconds(json["created_at"]))
  }

  /// Seconds since 1970; milliseconds are told by their size. Nil for what is neither.
  private static func seconds(_ value: JSONValue?) -> Int64? {
    // In seconds this is the year 5138.
    let earliestMilliseconds = 100_000_000_000.0
    guard let number = value?.statedNumber, (1..<earliestMilliseconds * 1000).contains(number) else { return nil }
    return Int64(number < earliestMilliseconds ? number : number / 1000)
  }
}

// One line of HeyGen's list of open sessions.
import AvatarProvider
import StrictJSON

extension ListedSession {
  /// Reads `session_id` and `created_at` (docs.heygen.com/reference/list-sessions). Nobody knows the token of a session
  /// that is only listed, so it is stopped with the key.
  init?(heyGen json: JSONValue) {
    guard let id = json["session_id"]?.string, !id.isEmpty else { return nil }
    self.init(handle: HeyGenCreatedSession.handle(ofListed: id), createdAt: json["created_at"]?.integer)
  }
}

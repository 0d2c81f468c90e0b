// One line of HeyGen's list of open sessions.
import StrictJSON

extension HeyGenProvider {
  /// A session as `streaming.list` names it (docs.heygen.com/reference/list-sessions).
  public struct ListedSession: Sendable, Hashable {
    public var id: String
    /// `new`, `connecting` or `connected`; other words are passed on.
    public var status: String
    /// When it was made, in seconds since 1970; nil where HeyGen does not say.
    public var createdAt: Int64?

    public init(id: String, status: String, createdAt: Int64?) {
      self.id = id
      self.status = status
      self.createdAt = createdAt
    }

    init?(json: JSONValue) {
      guard let id = json["session_id"]?.string, !id.isEmpty else { return nil }
      self.init(id: id, status: json["status"]?.string ?? "", createdAt: json["created_at"]?.integer)
    }
  }
}

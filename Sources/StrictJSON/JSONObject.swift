// The members of a JSON object in the order in which they were written.
import Basics

/// An ordered JSON object. Objects here have few members, so a look-up walks the list.
///
/// Equality and hash do not depend on the order of members (RFC 8259 section 4 calls it insignificant). Names are compared
/// by their bytes (its section 8.3): é as one scalar and as two are two names.
public struct JSONObject: Sendable {
  /// One name with its value.
  public struct Member: Sendable {
    public var name: String
    public var value: JSONValue
    public init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  /// The members in order. Names are unique in what ``JSONParser`` returns.
  public private(set) var members: [Member]

  /// Makes an object of the given members; the caller sees to it that names are unique.
  public init(_ members: [Member] = []) { self.members = members }

  /// Reads, replaces, appends or (with nil) removes the member of that name.
  public subscript(_ name: String) -> JSONValue? {
    get { index(of: name).map { members[$0].value } }
    set {
      switch (index(of: name), newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?):
        // Most have a few members: room for them is asked for once.
        if members.isEmpty { members.reserveCapacity(4) }
        members.append(Member(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  private func index(of name: String) -> Int? { members.firstIndex { $0.name.isExactly(name) } }

  /// How many members there are.
  public var count: Int { members.count }
}

extension JSONObject.Member: Hashable {
  public static func == (left: Self, right: Self) -> Bool {
    left.name.isExactly(right.name) && left.value == right.value
  }

  public func hash(into hasher: inout Hasher) {
    name.hashExactly(into: &hasher)
    hasher.combine(value)
  }
}

extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(members.count)
    // A commutative fold, since the order of members does not count.
    hasher.combine(members.reduce(into: 0) { $0 ^= $1.hashValue })
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(elements.map { Member(name: $0.0, value: $0.1) })
  }
}

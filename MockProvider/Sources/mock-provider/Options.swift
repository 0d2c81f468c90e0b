// Lets the mock's settings be written on the command line.
import ArgumentParser
import MockProvider

extension MockConfiguration.DIDReplies: ExpressibleByArgument {}
extension MockConfiguration.DIDDeleteReply: ExpressibleByArgument {}
extension MockConfiguration.HeyGenReplies: ExpressibleByArgument {}
extension MockConfiguration.IceServers: ExpressibleByArgument {}
extension MockConfiguration.Media: ExpressibleByArgument {}
extension MockConfiguration.Voice: ExpressibleByArgument {}
extension MockProgram.LogLevel: ExpressibleByArgument {}

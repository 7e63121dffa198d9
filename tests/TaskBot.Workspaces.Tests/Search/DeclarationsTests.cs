using TaskBot.Workspaces.Search.Indexing;
using TaskBot.Workspaces.Search.Languages;

namespace TaskBot.Workspaces.Tests.Search;

public sealed class DeclarationsTests
{
    [Theory]
    [InlineData("a.cs", "namespace N;|public class A<T> : B|{|    public async Task<int> RunAsync(int x)|    { if (x) { } return Foo(x); }|    int Sum(int a) => a;|    string Name { get; }|}|record R(int X);|enum E { X }",
        "class A 2-8,method RunAsync 4-5,method Sum 6-6,property Name 7-7,record R 9-9,enum E 10-10,member X 10-10")]
    [InlineData("A.java", "public final class A {|  private static <T> List<T> make(int n) throws IOException {|    foo(x);|    if (x) { }|  }|}|interface B {}", "class A 1-6,function make 2-5,interface B 7-7")]
    [InlineData("a.kt", "data class P(val x: Int)|private suspend fun <T> load(x: T) {|  go()|}|object O|fun String.shout() = this", "class P 1-1,function load 2-4,object O 5-5,function shout 6-6")]
    [InlineData("a.swift", "public struct S {|  func go(_ x: Int) -> Int {|    return 1|  }|}|protocol P {}|extension S: P {}", "struct S 1-5,function go 2-4,protocol P 6-6,extension S 7-7")]
    [InlineData("a.ts", "export default class A {|  async load(id: string): Promise<void> {|    if (x) {|    }|  }|}|export const f = async (x) => x;|interface I {}|type T = string;|function* g() {|}|foo(bar);|const h = function (a) {|};",
        "class A 1-6,function load 2-5,function f 7-7,interface I 8-8,type T 9-9,function g 10-11,function h 13-14")]
    [InlineData("a.js", "exports.go = function () {|};|module.exports = {|  run(x) {|  },|  stop: async () => {|  },|};|new Foo(function (x) { y(x) })", "function go 1-2,function run 4-5,function stop 6-7")]
    [InlineData("a.py", "class A(B):|    async def go(self,|        x):|        return 1||    def stop(self): pass|x = 4|def last(): return 2", "class A 1-6,function go 2-4,function stop 6-6,function last 8-8")]
    [InlineData("a.go", "func (s *Server) Serve(x int) error {|\tgo f()|}|type T struct {|\tX int|}|func main() {|}", "function Serve 1-3,type T 4-6,function main 7-8")]
    [InlineData("a.rs", "pub(crate) async fn go<T>(x: &'a T) {|}|impl<T> Display for Thing<T> {|    fn fmt(&self) {}|}|struct S;|macro_rules! m {|}", "function go 1-2,impl Thing 3-5,function fmt 4-4,struct S 6-6,macro m 7-8")]
    [InlineData("a.cpp", "class A : public B {|  struct C *p;|};|int A::sum(int x) const {|  return f(x);|}|#define MAX 3|static void go(void)|{|}|class Fwd;", "class A 1-3,function sum 4-6,macro MAX 7-7,function go 8-10")]
    [InlineData("a.c", "struct point {|  int x;|};|static struct point *make(int x)|{|  if (x) { return 0; }|}", "struct point 1-3,function make 4-7")]
    [InlineData("a.rb", "module M|  class C < D|    def self.go?(x)|      1|    end|  end|end", "module M 1-7,class C 2-6,function go 3-5")]
    [InlineData("a.php", "<?php|final class A|{|    public static function go($x)|    {|    }|}", "class A 2-7,function go 4-6")]
    [InlineData("a.sh", "function build {|  echo $#|}|test_all() {|  make|}", "function build 1-3,function test_all 4-6")]
    [InlineData("a.lua", "local function go(x)|  return x|end|function M.run()|end|M.stop = function(x)|  return x|end", "function go 1-3,function run 4-5,function stop 6-8")]
    [InlineData("b.go", "type (|\tA int|)|var total = 1|func main() {|}", "function main 5-6")]
    [InlineData("a.scala", "trait T {|  def go(x: Int): Int = {|    x|  }|}|object O", "trait T 1-5,function go 2-4,object O 6-6")]
    [InlineData("a.dart", "class A {|  void go(int x) {|  }|}", "class A 1-4,function go 2-3")]
    [InlineData("a.ex", "defmodule A do|  def go(x) do|    x|  end|end", "module A 1-5,function go 2-4")]
    [InlineData("a.pl", "sub go {|  1;|}", "function go 1-3")]
    [InlineData("a.zig", "pub fn go(x: u8) void {|}", "function go 1-2")]
    [InlineData("b.py", "# def no():|'''|def no():|'''|def yes():|  pass", "function yes 5-6")]
    [InlineData("a.txt", "class A", "")]
    public void Declarations_are_found_with_their_lines(string path, string lines, string expected) =>
        string.Join(',', Read(path, lines.Replace('|', '\n')).Symbols.Select(symbol => $"{symbol.Kind} {symbol.Name} {symbol.Line}-{symbol.EndLine}")).ShouldBe(expected);

    [Theory]
    [InlineData("a.ts", "import { x } from './lib/parse-args.js';|const y = require('../utils');|import('./late')", "late,parse-args,utils")]
    [InlineData("a.py", "from shop.cart import total as t, tax|import os.path", "cart,path,tax,total")]
    [InlineData("a.go", "import (|\t\"fmt\"|\t\"example.com/shop/cart\"|)|func main() {}", "cart,fmt")]
    [InlineData("A.java", "import com.shop.Cart;", "cart")]
    [InlineData("a.cpp", "#include \"shop/cart.hpp\"|#include <vector>", "cart,vector")]
    [InlineData("a.rs", "use crate::shop::cart;|mod tax;", "cart,tax")]
    [InlineData("a.rb", "require_relative 'shop/cart'", "cart")]
    [InlineData("a.php", "<?php use Shop\\Cart;", "cart")]
    public void Imports_are_known_by_the_last_part_of_their_names(string path, string lines, string expected) =>
        expected.Split(',').Except(Read(path, lines.Replace('|', '\n')).Imports).ShouldBeEmpty();

    [Fact]
    public void Any_text_can_be_read()
    {
        var random = new Random(20261121);
        const string characters = "{}()[]<>;:,.=\"'`#/*-\n\t aclassdeffunctionx1_$\\é";
        foreach (var path in new[] { "a.cs", "a.ts", "a.py", "a.go", "a.rs", "a.cpp", "a.rb", "a.lua", "a.kt", "a.sh", "a.php", "a.md" })
        {
            for (var round = 0; round < 200; round++)
            {
                var text = string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => characters[random.Next(characters.Length)]));
                Read(path, text).Symbols.ShouldAllBe(symbol => symbol.Line >= 1 && symbol.EndLine >= symbol.Line && symbol.EndLine <= text.Split('\n').Length);
            }
        }
    }

    [Theory]
    [InlineData("HTTPServerError_code2", "http,serv,error,code2,code,httpservererrorcode2")]
    [InlineData("categories", "category")]
    [InlineData("parseJSON", "pars,json,parsejson")]
    [InlineData("session_id", "sess,id,sessionid")]
    [InlineData("42", "")]
    public void Names_are_known_in_parts_and_whole(string name, string expected)
    {
        var found = new List<string>();
        Terms.Split(name, found);
        string.Join(',', found).ShouldBe(expected);
    }

    static Declarations Read(string path, string text)
    {
        var language = Language.Of(path);
        var tokens = new List<Token>();
        Lexer.Read(text, language, tokens);
        return Declarations.Read(text, language, tokens);
    }
}

"""tools/check-structure: what it finds in a small repository with one fault of each kind, and that this one has none."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "check-structure"
loader = importlib.machinery.SourceFileLoader("check_structure", str(SCRIPT))
check_structure = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_structure", loader))
loader.exec_module(check_structure)

README = """# A project

## How it is built

- **ground**: below.
- **ground/deep**, **middle**: two of them.
- **top**: above.

## Something else

- **elsewhere**: no folder.
"""

SOUND = {
    "README.md": README,
    "ground/a.h": "#pragma once\ninline int a() {\n  return 1;\n}\n",
    "ground/deep/b.h": '#include "ground/a.h"\n',
    "middle/c.cpp": '#include "ground/deep/b.h"\n#include <vector>\n#include "not/here.h"\n',
    "top/d.cpp": '#include "middle/c.h"\n',
    "middle/c.h": "",
    "top/script": "#!/usr/bin/env python3\nprint(1)\n",
}


def function(lines, head="int f(int x)", body="  x += 1;\n"):
    """C++ of so many lines, its head and its last bracket counted."""
    return f"namespace {{\n\n{head} {{\n{body * (lines - 2)}}}\n\n}}  // namespace\n"


class CheckStructure(unittest.TestCase):
    def found(self, **changes):
        """What is found in the sound repository with these files changed."""
        with tempfile.TemporaryDirectory() as name:
            root = pathlib.Path(name)
            for path, text in {**SOUND, **changes}.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            subprocess.run(["git", "init", "-q", root], check=True)
            return list(check_structure.problems(root))

    def test_the_script_says_so_and_fails(self):
        with tempfile.TemporaryDirectory() as name:
            subprocess.run(["git", "init", "-q", name], check=True)
            (pathlib.Path(name) / "README.md").write_text(README)
            (pathlib.Path(name) / "a.py").write_text("\n" * 601)
            done = subprocess.run([SCRIPT, name], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "a.py: has 601 lines: at most 600\n"))

    def test_this_repository(self):
        if not (ROOT / ".git").exists():
            self.skipTest("not a clone: which files are sources is git's to say")
        self.assertEqual(list(check_structure.problems(ROOT)), [])

    def test_what_is_sound(self):
        self.assertEqual(self.found(), [])

    def test_an_arrow_up(self):
        self.assertEqual(self.found(**{"ground/a.h": '#include "ground/deep/b2.h"\n', "ground/deep/b2.h": ""}),
                         ["ground/a.h: includes ground/deep/b2.h, and ground stands below ground/deep"])
        self.assertEqual(self.found(**{"middle/c.h": '// "no"\n#include "top/e.h"\n', "top/e.h": ""}),
                         ["middle/c.h: includes top/e.h, and middle stands below top"])

    def test_a_folder_without_a_place(self):
        self.assertEqual(self.found(**{"elsewhere/a.h": ""}),
                         ["elsewhere/a.h: its folder is not in the README's list (How it is built)"])

    def test_a_circle(self):
        circle = {"top/x.h": '#include "top/y.h"\n', "top/y.h": '#include "top/z.h"\n', "top/z.h": '#include "top/x.h"\n'}
        self.assertEqual(self.found(**circle), ["top/x.h: in a circle of includes with top/y.h, top/z.h"])
        circle["top/z.h"] = ""
        self.assertEqual(self.found(**circle), [])

    def test_a_circle_through_a_header_and_its_source(self):
        circle = {"top/x.h": "", "top/x.cpp": '#include "top/x.h"\n#include "top/y.h"\n',
                  "top/y.h": '#include "top/x.h"\n', "top/y.body.h": '#include "top/y.h"\n'}
        self.assertEqual(self.found(**circle),
                         ["top/x: in a circle with top/y, headers and their sources taken together"])
        circle["top/y.h"] = '#include "top/shared.h"\n'
        circle["top/x.h"] = circle["top/y.h"]
        self.assertEqual(self.found(**circle, **{"top/shared.h": ""}), [])
        circle["top/y.body.h"] += '#include "top/x.h"\n'
        self.assertEqual(self.found(**circle, **{"top/shared.h": ""}),
                         ["top/x: in a circle with top/y, headers and their sources taken together"])

    def test_a_long_file(self):
        for name in ["top/a.cpp", "top/a.js", "top/script"]:
            start = SOUND.get(name, "")
            rest = 600 - start.count("\n")
            self.assertEqual(self.found(**{name: start + "\n" * rest}), [])
            self.assertEqual(self.found(**{name: start + "\n" * (rest + 1)}), [f"{name}: has 601 lines: at most 600"])

    def test_a_long_function(self):
        heads = ["int f(int x)", "TEST_P(Suite, Case)", "template <class T>\nrequires (sizeof(T) > 1) void f(T x)",
                 "A::A(int x) : b_{x}, c_(x)", "auto f(B b = {1}) -> std::array<int, 2>",
                 "struct S { int s() const; };\nint S::s() const"]
        for head in heads:
            with self.subTest(head):
                own = head.count("\n") if not head.startswith("struct") else 0
                self.assertEqual(self.found(**{"top/f.cpp": function(80 - own, head)}), [])
                found = self.found(**{"top/f.cpp": function(81 - own, head)})
                self.assertEqual(len(found), 1, found)
                self.assertRegex(found[0], r"^top/f.cpp:\d+: .* has 8[01] lines: at most 80$")
        script = "#!/usr/bin/env python3\ndef f():\n" + "    print(1)\n" * 80
        self.assertEqual(self.found(**{"top/script": script}), ["top/script:2: f has 81 lines: at most 80"])

    def test_what_is_no_function(self):
        braces = '  const char* a = "}{";  // }}\n  char b = \'}\';\n  /* } */ auto c = R"x(}}})x";\n'
        self.assertEqual(self.found(**{"top/f.cpp": function(60, body=braces)[:-1].replace(braces * 58, braces * 10)}), [])
        table = "constexpr std::array kRows = {\n" + "  row(1, {2}),\n" * 100 + "};\n"
        self.assertEqual(self.found(**{"top/f.cpp": table}), [])
        members = "struct S {\n" + "  int f() const { return 1; }\n" * 100 + "};\n"
        self.assertEqual(self.found(**{"top/f.cpp": members}), [])

    def together(self, one, other, script="add_library(top STATIC\n  one.cpp\n  part/other.cpp\n)\n", **more):
        """What is found where these two stand in anonymous namespaces."""
        hidden = "namespace top {{\nnamespace {{\n{}\n}}  // namespace\nint after;\n}}\n"
        return self.found(**{"top/CMakeLists.txt": script, "top/one.cpp": hidden.format(one),
                             "top/part/other.cpp": hidden.format(other), **more})

    def test_a_name_of_two_anonymous_namespaces(self):
        declarations = ["constexpr int same = 1;", "const std::array<int, 2> a = {1, 2}, same{};", "int a[2], same[3];",
                        "class same final : public Base {\n  int x() { return 1; }\n};", "enum class same { one };",
                        "template <class T>\nstruct same {};", "[[noreturn]] void same(std::map<int, int> x) {\n  f();\n}",
                        "int same(int = 2);", "auto same() -> std::pair<int, int> {}", "constexpr auto same = [](int x) { return x; };",
                        "template <class T, int N = 3>\nT same() {\n}", "int same(int x) {\n}\nint same(double x) {\n}"]
        for declaration in declarations:
            with self.subTest(declaration):
                self.assertEqual(self.together("constexpr int same = 2;", declaration),
                                 ["top/part/other.cpp: same is in an anonymous namespace of top/one.cpp too, and top has both"])

    def test_what_anonymous_namespaces_may_have_in_common(self):
        for both in ["using same = int;", "namespace fs = std::filesystem;", "static_assert(true);",
                     "bool operator==(int a, int b) {\n}", "TEST(Suite, Case) {\n}"]:
            with self.subTest(both):
                self.assertEqual(self.together(both, both), [])
        self.assertEqual(self.together("int same;", "int f() {\n  int same;\n}\nstruct S { int same; };"), [])
        self.assertEqual(self.together("int same;", "// int same;\nint f(int same);\nint other = same;"), [])
        self.assertEqual(self.together("int same;", "}  namespace a { int same;"), [])
        self.assertEqual(self.together("int same;", "}\n}\nnamespace top::other {\nnamespace {\nint same;"), [])

    def test_a_name_that_hides_a_public_one(self):
        header = "namespace top {\nint same(const std::string& x);\nstruct Other {\n  int member;\n};\n}\n"
        seen = {"top/public.h": header, "top/seer.cpp": '#include "top/public.h"\n'}
        script = "add_library(top one.cpp part/other.cpp seer.cpp)\n"
        for declaration in ["int same(int x) {\n}", "struct same {};"]:
            self.assertEqual(self.together(declaration, "", script, **seen),
                             ["top/one.cpp: same is in an anonymous namespace, and of top/public.h too, which others of top see"])
        self.assertEqual(self.together("int member, x;", "", script, **seen), [])
        # Who knows the header has an overload; and nobody of the target knows it.
        with_header = '#include "top/public.h"\nnamespace top {\nnamespace {\nint same(int x) {\n}\n}\n}\n'
        self.assertEqual(self.found(**{"top/CMakeLists.txt": script, "top/one.cpp": with_header, **seen}), [])
        self.assertEqual(self.together("int same;", "", "add_library(top one.cpp part/other.cpp)\n", **seen), [])

    def test_a_friend_of_another_file(self):
        opened = "class A {\n  friend class B;\n};\n"
        self.assertEqual(self.found(**{"top/a.h": opened}), ["top/a.h: has a friend in another file, B"])
        self.assertEqual(self.found(**{"top/a.h": opened + "class B;\n"}), ["top/a.h: has a friend in another file, B"])
        self.assertEqual(self.found(**{"top/a.h": opened + "class B final {};\n"}), [])
        self.assertEqual(self.found(**{"top/a.h": "struct A {\n  friend void PrintTo(A a);\n};  // friend class B\n"}), [])

    def test_kernels_of_a_list_that_is_made_of_another(self):
        made = ("set(BOTH one other)\nlist(TRANSFORM BOTH PREPEND part/ OUTPUT_VARIABLE kernels)\n"
                "list(TRANSFORM kernels APPEND .cu)\n")
        inside = {"top/CMakeLists.txt": made + "add_library(device SHARED ${kernels})\n"}
        above = {"top/CMakeLists.txt": made + "list(TRANSFORM kernels PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE KERNELS)\n"
                                              "set(KERNELS ${KERNELS} PARENT_SCOPE)\n",
                 "middle/CMakeLists.txt": "add_library(device SHARED ${KERNELS})\n"}
        kernel = "namespace top {\nnamespace {\n__global__ void __launch_bounds__(32 * kWarps, 2)\n    same(int x) {\n}\n}\n}\n"
        other = kernel.replace("same", "other")
        for scripts in (inside, above):
            for second, expected in ((kernel, 1), (other, 0)):
                found = self.found(**scripts, **{"top/part/one.cu": kernel, "top/part/other.cu": second})
                self.assertEqual(found, ["top/part/other.cu: same is in an anonymous namespace of top/part/one.cu too, and device has both"] * expected)

    def test_sources_that_are_compiled_apart(self):
        script = "add_library(a one.cpp)\nadd_library(b part/other.cpp)\n"
        self.assertEqual(self.together("int same;", "int same;", script), [])
        script = "add_library(a one.cpp part/other.cpp)\nset_target_properties(a PROPERTIES UNITY_BUILD OFF)\n"
        self.assertEqual(self.together("int same;", "int same;", script), [])
        self.assertEqual(self.together("int same;", "int same;", "set(CMAKE_UNITY_BUILD OFF)\nadd_library(a one.cpp part/other.cpp)\n"),
                         [])
        for script in ["add_executable(a one.cpp)\ntarget_sources(a PRIVATE part/other.cpp)\n",
                       "limpid_test(a FIRST one.cpp part/other.cpp)\n"]:
            self.assertEqual(len(self.together("int same;", "int same;", script)), 1)
        found = self.together("int same;", "int same;", "", **{"top/parts.cmake": "limpid_emulated_test(a one.cpp part/other.cpp)\n"})
        self.assertEqual(len(found), 1)


if __name__ == "__main__":
    unittest.main()

"""Family names: common and rare, of two characters, in the traditional script and in Latin letters."""

from __future__ import annotations

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙朱胡郭林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧蔡潘袁董余苏叶吕魏蒋杜丁沈姜范傅钟卢汪戴崔任陆廖姚"
    "邹熊孟秦阎薛侯雷龙段郝孔邵史毛顾赖武康贺严尹钱施牛洪龚汤陶黎温莫易樊乔文安庄殷颜倪"
)
"""The commonest family names of one character that are hardly ever a word."""
RARE_SURNAMES = (
    "高马方石白金夏田江常万向华于何叶梅鲁柳甘包宁左卜柯邢岳齐舒盛聂焦翟芦葛池申耿翁荆游权芮储靳宫詹祁费巫辛管鞠阮"
    "伍单窦冉柴桂饶廉裴古欧章蓝覃隋车项祝关凌霍虞卓蒲牟佟丛邱裘鲍褚滕尚骆闫窦冼麦佘鄢亓仇仉逄麴郗缪臧蔺邝晏鄂雍桑"
    "张張陳劉楊趙黃吳鄭許馮鄧蕭葉呂蔣鐘盧陸鄒閻龍賀嚴錢龔湯莊顏賴顧馬萬華於魯寧齊聶蘆單欄車項關麥"
)
"""Further ones, many of which are also words, and traditional forms: names only where the words around say so."""
DOUBLE_SURNAMES = (
    "欧阳|歐陽|司马|司馬|上官|诸葛|諸葛|东方|東方|皇甫|尉迟|尉遲|公孙|公孫|慕容|令狐|司徒|夏侯|端木|轩辕|軒轅|南宫|南宮|宇文|长孙|"
    "鲜于|闾丘|钟离|濮阳|澹台|呼延|万俟|百里|东郭|西门|独孤|赫连|拓跋|太史|申屠|公冶|淳于|单于|仲孙|司空|亓官"
)
_LATIN = (
    "zhang wang li liu chen yang huang zhao wu zhou xu sun zhu hu guo lin luo zheng liang xie song tang han feng deng "
    "cao peng zeng xiao cai pan yuan dong yu su ye lv lyu lu wei jiang du ding shen fan fu zhong dai cui ren liao yao "
    "zou xiong meng qin yan xue hou lei long duan hao kong shao shi mao gu lai wu kang he yin qian niu hong gong tao "
    "mo yi qiao wen an zhuang ni gao ma fang bai jin xia tian chang wan ouyang sima zhuge shangguan murong linghu"
)
LATIN_SURNAMES = "|".join(dict.fromkeys(_LATIN.split()))
SYLLABLE = (
    "(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ueng|ang|eng|ing|ong|ian|iao|uai|uan|van|ai|ei|ao|ou|an|en|"
    "in|un|ia|ie|iu|ua|ui|uo|ue|ve|er|a|o|e|i|u|v))"
)
"""One syllable of a name written in Latin letters."""
